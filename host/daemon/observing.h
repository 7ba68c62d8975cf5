// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What the processes count and show, in memory that all of them share: made by the one that leads.
#ifndef DAEMON_OBSERVING_H
#define DAEMON_OBSERVING_H

#include "config/host_settings.h"

struct board;
struct metrics;
struct process_counters;
struct statsd;

// The metrics of all processes, and where they are sent to.
struct observing {
    struct metrics *metrics;
    struct board *board;
    struct statsd *statsd;
};

// For so many processes. What can't be had is NULL, and was logged.
void observing_start(struct observing *observing, const struct host_settings *host, unsigned slots);
void observing_stop(struct observing *observing);
struct process_counters *observing_counters(void); // of connections

#endif
