// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What changed between two views, as StatsD lines with DogStatsD's tags. Knows nothing of sockets and time.
//
//   counter   name:12|c|#tags              what was added; nothing where nothing was
//   gauge     name:3|g|#tags               every time
//   timing    name:1.25|ms|@0.25|#tags     a line for each bucket that was hit, in milliseconds; the rate says for how
//                                          many measurements it stands
#ifndef METRICS_STATSD_LINES_H
#define METRICS_STATSD_LINES_H

#include <stdbool.h>
#include <stdint.h>
#include "metrics/packet.h"
#include "metrics/view.h"

struct statsd_lines {
    const char *tags;     // in front of every metric's own; "" for none
    double sampling_rate; // share of timings' measurements that is sent, picked at random; 1: all
    uint64_t random;      // state of the picking; not 0
    uint64_t lost;        // lines that fit no packet
};

// 'before' may be empty ({0}). False: no memory.
bool statsd_lines_write(struct statsd_lines *lines, const struct metrics_view *before, const struct metrics_view *now,
                        struct packet *packet);

#endif
