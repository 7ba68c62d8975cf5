# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Compiling a model config into a plan: graph, columns, policy, generation.

noinst_LIBRARIES += host/libplan.a
host_libplan_a_CPPFLAGS = $(COMMON_CPPFLAGS) $(HOST_CPPFLAGS) $(SDK_CPPFLAGS) $(JANSSON_CFLAGS)
host_libplan_a_SOURCES = \
    host/plan/bind.c \
    host/plan/builder.h \
    host/plan/choose.c \
    host/plan/compile.c \
    host/plan/component.c \
    host/plan/component.h \
    host/plan/components.c \
    host/plan/condition.c \
    host/plan/condition.h \
    host/plan/fallback.c \
    host/plan/graph.c \
    host/plan/order.c \
    host/plan/plan.h \
    host/plan/policy.h \
    host/plan/policy_calls.c \
    host/plan/policy_columns.c \
    host/plan/policy_read.c \
    host/plan/policy_read.h \
    host/plan/policy_table.c \
    host/plan/quarantine.c \
    host/plan/quarantine.h \
    host/plan/reply.c \
    host/plan/reported.c \
    host/plan/reported.h \
    host/plan/resource.c \
    host/plan/resource.h \
    host/plan/short_names.c \
    host/plan/twin.c \
    host/plan/tables.h
