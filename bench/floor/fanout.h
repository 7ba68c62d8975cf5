// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What a workload calls downstream: stages of calls with fixed bytes. The calls of a stage run at once, a stage begins
// when the one before has ended.
#ifndef FLOOR_FANOUT_H
#define FLOOR_FANOUT_H

#include "bench/support.h"

struct fanout;

// Told once that all calls of all stages have ended, and with how many errors.
struct waiter {
    void (*fn)(struct waiter *waiter, size_t errors);
};

// file: a line for each call: stage (from 0 on, ascending), address, path, request's file, headers ("name=value,…" or
// "-").
struct fanout *fanout_read(const char *file, grpc_completion_queue *queue, const struct arguments *arguments,
                           unsigned long timeout_ms);
void fanout_begin(struct fanout *fanout, grpc_call *parent, struct waiter *waiter);

#endif
