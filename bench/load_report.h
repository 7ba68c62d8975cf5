// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What the load generator tells: latencies while it measures, and at the end one JSON object.
#ifndef BENCH_LOAD_REPORT_H
#define BENCH_LOAD_REPORT_H

#include "bench/load_mix.h"

struct latencies {
    uint32_t *us;
    size_t count, capacity;
};

void latencies_add(struct latencies *latencies, int64_t us);
struct report {
    size_t total;           // calls since the start
    size_t refused, unsent; // at a rate, while it was measured
    double seconds;         // that it was
};

void report_print(struct latencies *latencies, const struct mix *mix, const struct report *report);

#endif
