# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Counters and histograms, StatsD, Prometheus.

noinst_LIBRARIES += host/libmetrics.a
host_libmetrics_a_CPPFLAGS = $(COMMON_CPPFLAGS) $(HOST_CPPFLAGS) $(SDK_CPPFLAGS)
host_libmetrics_a_SOURCES = \
    host/metrics/area.c \
    host/metrics/area.h \
    host/metrics/counters.tbl \
    host/metrics/histogram.h \
    host/metrics/metric.c \
    host/metrics/metrics.c \
    host/metrics/metrics.h \
    host/metrics/name.c \
    host/metrics/name.h \
    host/metrics/packet.c \
    host/metrics/packet.h \
    host/metrics/prometheus.c \
    host/metrics/statsd.c \
    host/metrics/statsd.h \
    host/metrics/statsd_lines.c \
    host/metrics/statsd_lines.h \
    host/metrics/view.c \
    host/metrics/view.h
