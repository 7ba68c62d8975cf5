# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# A request going through a plan: scheduler, deadline, matrix, conversions.

noinst_LIBRARIES += host/librun.a
# Loops over columns are worth vectorising.
host_librun_a_CFLAGS = $(AM_CFLAGS) $(VECTORIZE_CFLAGS)
host_librun_a_CPPFLAGS = $(COMMON_CPPFLAGS) $(HOST_CPPFLAGS) $(SDK_CPPFLAGS) $(JANSSON_CFLAGS)
host_librun_a_SOURCES = \
    host/run/backend_tls.c \
    host/run/backend_tls.h \
    host/run/breaker.c \
    host/run/breaker.h \
    host/run/budget.h \
    host/run/cache.c \
    host/run/cache.h \
    host/run/condition.c \
    host/run/condition.h \
    host/run/convert/convert.h \
    host/run/convert/elements.c \
    host/run/convert/format.c \
    host/run/convert/format.h \
    host/run/convert/inline_text.c \
    host/run/convert/inline_text.h \
    host/run/convert/load.c \
    host/run/convert/natives.h \
    host/run/convert/nearest.c \
    host/run/convert/nearest.h \
    host/run/convert/parse.h \
    host/run/convert/parse_float.c \
    host/run/convert/parse_int.c \
    host/run/convert/scalars.c \
    host/run/convert/shortest.c \
    host/run/convert/shortest.h \
    host/run/convert/small_floats.h \
    host/run/convert/store.c \
    host/run/convert/string_vector.h \
    host/run/convert/table.c \
    host/run/convert/tens.c \
    host/run/convert/tens.h \
    host/run/convert/text.c \
    host/run/engine.c \
    host/run/engine.h \
    host/run/estimate.c \
    host/run/estimate.h \
    host/run/ext_blocking.c \
    host/run/ext_cache.c \
    host/run/ext_convert.c \
    host/run/ext_flight.c \
    host/run/ext_log.c \
    host/run/ext_metrics.c \
    host/run/ext_request.c \
    host/run/ext_rpc.c \
    host/run/ext_timer.c \
    host/run/extensions.h \
    host/run/flights.c \
    host/run/flights.h \
    host/run/guard.c \
    host/run/guard.h \
    host/run/guard_call.c \
    host/run/guard_inner.h \
    host/run/host.c \
    host/run/matrix.c \
    host/run/matrix.h \
    host/run/method.h \
    host/run/models.c \
    host/run/models.h \
    host/run/observe.c \
    host/run/observe.h \
    host/run/observe_policy.c \
    host/run/observe_policy.h \
    host/run/policy.c \
    host/run/policy.h \
    host/run/record.c \
    host/run/record.h \
    host/run/run.c \
    host/run/run.h \
    host/run/shadow.c \
    host/run/shadow.h \
    host/run/step.c \
    host/run/step.h
