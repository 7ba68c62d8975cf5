# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# The daemon. One library for each folder, so that unit tests link what they test; the daemon links all of them.
# Headers are included from host/ on: "base/arena.h". What a folder may include of the others is written down, and
# checked, in tests/lint/includes.sh.

HOST_CPPFLAGS = -I$(builddir) -I$(srcdir)/host
SDK_CPPFLAGS = -I$(srcdir)/sdk/include

include host/base/local.mk
include host/module/local.mk
include host/metrics/local.mk
include host/process/local.mk
include host/rpc/local.mk
include host/config/local.mk
include host/plan/local.mk
include host/run/local.mk
include host/front/local.mk
include host/daemon/local.mk

# From the top down, which is the order the linker wants.
HOST_ALL = \
    host/libdaemon.a \
    host/libfront.a \
    host/librun.a \
    host/libplan.a \
    host/libconfig.a \
    host/librpc.a \
    host/libprocess.a \
    host/libmetrics.a \
    host/libmodule.a \
    host/libbase.a
HOST_OTHER_LIBS = \
    $(NGHTTP2_LIBS) $(PROTOBUF_C_LIBS) $(JANSSON_LIBS) $(MICROHTTPD_LIBS) $(LTDL_LIBS) $(CRYPTO_LIBS) $(ZLIB_LIBS) \
    -lpthread -lm
HOST_LIBS = $(GRPC_LIBS) $(HOST_OTHER_LIBS)

sbin_PROGRAMS += host/inferd
host_inferd_SOURCES = host/main.c
host_inferd_CPPFLAGS = $(COMMON_CPPFLAGS) $(HOST_CPPFLAGS) $(SDK_CPPFLAGS)
host_inferd_LDADD = $(HOST_ALL) $(GRPC_DAEMON_LIBS) $(HOST_OTHER_LIBS)
# A host that exported its symbols would override those of its modules.
host_inferd_LDFLAGS = $(AM_LDFLAGS) -Wl,--version-script=$(srcdir)/host/inferd.map
EXTRA_host_inferd_DEPENDENCIES = $(srcdir)/host/inferd.map
EXTRA_DIST += host/inferd.map
