# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Arena, text, log, map and other things that know only libc.

noinst_LIBRARIES += host/libbase.a
host_libbase_a_CPPFLAGS = $(COMMON_CPPFLAGS) $(HOST_CPPFLAGS) $(CRYPTO_CFLAGS)
host_libbase_a_SOURCES = \
    host/base/arena.c \
    host/base/arena.h \
    host/base/asan.h \
    host/base/clock.h \
    host/base/digest.c \
    host/base/digest.h \
    host/base/log.c \
    host/base/log.h \
    host/base/log_limit.c \
    host/base/log_limit.h \
    host/base/magic.h \
    host/base/map.c \
    host/base/map.h \
    host/base/owned.c \
    host/base/owned.h \
    host/base/sniff.c \
    host/base/sniff.h \
    host/base/text.c \
    host/base/text.h \
    host/base/write.c \
    host/base/write.h
