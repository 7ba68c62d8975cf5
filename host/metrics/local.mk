# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Counters and histograms, StatsD, Prometheus.

noinst_LIBRARIES += host/libmetrics.a
host_libmetrics_a_CPPFLAGS = $(COMMON_CPPFLAGS) $(HOST_CPPFLAGS) $(SDK_CPPFLAGS)
host_libmetrics_a_SOURCES =
