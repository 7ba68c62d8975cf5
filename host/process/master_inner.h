// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Inside of the master, shared by its files only: master.c puts it together and ends it, master_leave.c drains it,
// master_upgrade.c has another process succeed it.
#ifndef PROCESS_MASTER_INNER_H
#define PROCESS_MASTER_INNER_H

#include <stdatomic.h>
#include <stdbool.h>

#include "process/counters.h"
#include "process/deal.h"
#include "process/listener.h"
#include "process/master.h"
#include "process/poller.h"
#include "process/postbox.h"
#include "process/relief.h"
#include "process/signals.h"
#include "process/slot.h"
#include "process/succession.h"
#include "process/upgrade.h"

#define MASTER_MAGIC 0x6d737472u

struct master {
    uint32_t magic;
    struct master_options options;
    struct process_counters own_counters;
    struct listener listener, tls;
    unsigned port;
    struct poller poller;
    struct signals signals;
    struct mux *mux;
    struct slot_context context;
    struct slot *slots; // one more than workers, which is vacant
    unsigned slot_count;
    struct relief relief;
    struct deal deal;
    struct upgrade upgrade;
    struct succession succession;
    uint64_t last_id;
    struct poller_timer deadline;
    bool leaving;                // asked to stop
    atomic_bool stop, left_out;  // asked to stop once more; lines were left out of the log
    struct poller_timer telling; // of those
    struct postbox postbox;
};

// master.c: accepts from now on; false: errno.
bool master_open_door(struct master *master);

// master_leave.c: begins the drain. 'succeeded': somebody else accepts from the same sockets.
void master_drain(struct master *master, bool succeeded);
// Drains; asked again, kills. 'by' says who asks.
void master_asked_to_stop(struct master *master, const char *by);
bool master_all_empty(const struct master *master);  // no worker is left
void master_out_of_time(struct poller_timer *timer); // of the drain: master->deadline

// master_upgrade.c
void master_prepare_upgrade(struct master *master);
void master_start_upgrade(struct signals *signals);

#endif
