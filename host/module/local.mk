# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Finding, opening and checking modules; the registry of kinds.

noinst_LIBRARIES += host/libmodule.a
host_libmodule_a_CPPFLAGS = $(COMMON_CPPFLAGS) $(HOST_CPPFLAGS) $(SDK_CPPFLAGS) -DINFERD_MODULE_DIR='"$(pkglibdir)"'
host_libmodule_a_SOURCES = \
    host/module/registry.h
