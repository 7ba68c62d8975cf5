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
// total: calls since the start; seconds: that the latencies were taken in.
void report_print(struct latencies *latencies, const struct mix *mix, size_t total, double seconds);

#endif
