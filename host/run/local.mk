# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# A request going through a plan: scheduler, deadline, matrix, conversions.

noinst_LIBRARIES += host/librun.a
host_librun_a_CPPFLAGS = $(COMMON_CPPFLAGS) $(HOST_CPPFLAGS) $(SDK_CPPFLAGS) $(JANSSON_CFLAGS)
host_librun_a_SOURCES = \
    host/run/cache.c \
    host/run/cache.h \
    host/run/convert/convert.h \
    host/run/engine.c \
    host/run/engine.h \
    host/run/ext_blocking.c \
    host/run/ext_cache.c \
    host/run/ext_convert.c \
    host/run/ext_log.c \
    host/run/ext_request.c \
    host/run/ext_rpc.c \
    host/run/ext_timer.c \
    host/run/extensions.h \
    host/run/host.c \
    host/run/matrix.c \
    host/run/matrix.h \
    host/run/models.c \
    host/run/models.h \
    host/run/run.c \
    host/run/run.h \
    host/run/step.c \
    host/run/step.h
