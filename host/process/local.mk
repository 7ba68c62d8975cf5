# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Master and workers, handing over of sockets, breadcrumbs, shared counters.

noinst_LIBRARIES += host/libprocess.a
host_libprocess_a_CPPFLAGS = $(COMMON_CPPFLAGS) $(HOST_CPPFLAGS) $(SDK_CPPFLAGS)
host_libprocess_a_SOURCES = \
    host/process/acceptor.c \
    host/process/acceptor.h \
    host/process/breadcrumb.c \
    host/process/breadcrumb.h \
    host/process/check.c \
    host/process/check.h \
    host/process/check_child.c \
    host/process/check_link.h \
    host/process/connection.c \
    host/process/connection.h \
    host/process/control.c \
    host/process/control.h \
    host/process/counters.h \
    host/process/deal.c \
    host/process/deal.h \
    host/process/files.c \
    host/process/files.h \
    host/process/inherited.c \
    host/process/inherited.h \
    host/process/inline.c \
    host/process/inline.h \
    host/process/last_words.c \
    host/process/last_words.h \
    host/process/listener.c \
    host/process/listener.h \
    host/process/local_socket.c \
    host/process/local_socket.h \
    host/process/master.c \
    host/process/master.h \
    host/process/master_inner.h \
    host/process/master_leave.c \
    host/process/master_upgrade.c \
    host/process/mux.c \
    host/process/mux.h \
    host/process/notify.c \
    host/process/notify.h \
    host/process/parcel.c \
    host/process/parcel.h \
    host/process/poller.c \
    host/process/poller.h \
    host/process/postbox.c \
    host/process/postbox.h \
    host/process/relief.c \
    host/process/relief.h \
    host/process/program.c \
    host/process/program.h \
    host/process/signals.c \
    host/process/signals.h \
    host/process/slot.c \
    host/process/slot.h \
    host/process/slot_behind.c \
    host/process/slot_death.c \
    host/process/slot_link.c \
    host/process/slot_link.h \
    host/process/slot_watch.c \
    host/process/spawn.c \
    host/process/spawn.h \
    host/process/succession.c \
    host/process/succession.h \
    host/process/upgrade.c \
    host/process/upgrade.h \
    host/process/worker.c \
    host/process/worker.h
