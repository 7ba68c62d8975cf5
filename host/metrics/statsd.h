// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Sends the metrics of all processes to a StatsD server (Telegraf) by UDP. One process of the service does it for all.
//
// Threads: a thread of its own resolves, gathers and sends; nobody waits for it.
#ifndef METRICS_STATSD_H
#define METRICS_STATSD_H

#include <stddef.h>
#include <stdint.h>
#include "metrics/metrics.h"

struct statsd;

struct statsd_options {
    const char *host;     // name or address
    unsigned port;        // UDP
    const char *tags;     // of every metric: "env:prod,service:ranker"; NULL: none
    double sampling_rate; // share of timings' measurements that is sent; counters always count all
    int64_t interval_ms;  // 0: 2000, as Inferflow's client
};

// NULL with a message in error. A host that can't be resolved (yet) is no error: it is tried again.
struct statsd *statsd_start(const struct metrics *metrics, const struct statsd_options *options, char *error,
                            size_t size);
// Sends what is left and ends the thread.
void statsd_stop(struct statsd *statsd);

#endif
