# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Finding, opening and checking modules; the registry of kinds.

noinst_LIBRARIES += host/libmodule.a
host_libmodule_a_CPPFLAGS = $(COMMON_CPPFLAGS) $(HOST_CPPFLAGS) $(SDK_CPPFLAGS) $(JANSSON_CFLAGS)
host_libmodule_a_SOURCES = \
    host/module/adopt.c \
    host/module/adopt.h \
    host/module/catalog.c \
    host/module/catalog.h \
    host/module/check.c \
    host/module/check.h \
    host/module/check_options.c \
    host/module/check_settings.c \
    host/module/copy.c \
    host/module/copy.h \
    host/module/find.c \
    host/module/find.h \
    host/module/load.c \
    host/module/load.h \
    host/module/note.c \
    host/module/note.h \
    host/module/open.c \
    host/module/open.h \
    host/module/registry.c \
    host/module/registry.h \
    host/module/version.c \
    host/module/version.h
