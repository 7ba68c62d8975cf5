# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Compiling a model config into a plan: graph, columns, policy, generation.

noinst_LIBRARIES += host/libplan.a
host_libplan_a_CPPFLAGS = $(COMMON_CPPFLAGS) $(HOST_CPPFLAGS) $(SDK_CPPFLAGS) $(JANSSON_CFLAGS)
host_libplan_a_SOURCES =
