// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A running estimate of how long calls take: a histogram whose counts are halved now and then, so that it forgets. Its
// answers are worked out once for some observations. Knows no clock.
#ifndef RUN_ESTIMATE_H
#define RUN_ESTIMATE_H

#include <stdint.h>

#include "metrics/histogram.h"

#define ESTIMATE_LEAST 20 // observations before it answers

struct estimate {
    double share; // that 'high' is of
    uint64_t counts[HISTOGRAM_BUCKETS], total;
    uint32_t fresh;       // observations since the answers
    int64_t median, high; // microseconds; 0: too few observations
};

void estimate_init(struct estimate *estimate, double share);
void estimate_add(struct estimate *estimate, int64_t took_us);

#endif
