# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# A request going through a plan: scheduler, deadline, matrix, conversions.

noinst_LIBRARIES += host/librun.a
host_librun_a_CPPFLAGS = $(COMMON_CPPFLAGS) $(HOST_CPPFLAGS) $(SDK_CPPFLAGS)
host_librun_a_SOURCES = \
    host/run/convert/convert.h
