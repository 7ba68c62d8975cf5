# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Drives one component without the daemon: a library for modules' tests. It uses the host's own parsers and converters.

noinst_LIBRARIES += sdk/testhost/libtesthost.a
sdk_testhost_libtesthost_a_CPPFLAGS = $(COMMON_CPPFLAGS) $(HOST_CPPFLAGS) $(SDK_CPPFLAGS) $(JANSSON_CFLAGS)
sdk_testhost_libtesthost_a_SOURCES = \
    sdk/testhost/columns.c \
    sdk/testhost/component.c \
    sdk/testhost/extensions.c \
    sdk/testhost/flight.c \
    sdk/testhost/host.c \
    sdk/testhost/inner.h \
    sdk/testhost/request.c \
    sdk/testhost/resource.c \
    sdk/testhost/rpc.c \
    sdk/testhost/run.c \
    sdk/testhost/testhost.h

bin_PROGRAMS += sdk/testhost/inferd-testhost
sdk_testhost_inferd_testhost_SOURCES = sdk/testhost/main.c
sdk_testhost_inferd_testhost_CPPFLAGS = $(sdk_testhost_libtesthost_a_CPPFLAGS) -DINFERD_MODULE_DIR='"$(pkglibdir)"'
sdk_testhost_inferd_testhost_LDADD = sdk/testhost/libtesthost.a $(HOST_ALL) $(HOST_LIBS)
EXTRA_DIST += sdk/testhost/README.md
