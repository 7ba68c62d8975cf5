# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Master and workers, handing over of sockets, breadcrumbs, shared counters.

noinst_LIBRARIES += host/libprocess.a
host_libprocess_a_CPPFLAGS = $(COMMON_CPPFLAGS) $(HOST_CPPFLAGS) $(SDK_CPPFLAGS)
host_libprocess_a_SOURCES = \
    host/process/breadcrumb.h \
    host/process/check.h \
    host/process/counters.h \
    host/process/inline.h \
    host/process/listener.h \
    host/process/master.h \
    host/process/mux.h \
    host/process/signals.h \
    host/process/worker.h
