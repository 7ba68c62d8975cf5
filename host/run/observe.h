// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What runs, steps and calls count. Metrics of models and components are made when a plan is started, so that a run
// only adds to them.
#ifndef RUN_OBSERVE_H
#define RUN_OBSERVE_H

#include <inferd/ext/rpc.h>
#include <inferd/status.h>
#include "metrics/metrics.h"
#include "run/run.h"

#define RUN_STATUSES (INFERD_UNAUTHENTICATED + 1)

struct run_call_metrics {
    struct metrics *metrics; // NULL: nobody looks
    const struct inferd_self *self;
    bool seen; // there was a call
    struct inferd_metric *calls, *latency;
    const char *service, *address, *endpoint;
    struct inferd_metric *failures[RUN_STATUSES]; // made when first needed
};

// Makes the metrics of a plan and its components, in the plan's arena. [control]
void run_observe_plan(struct metrics *metrics, struct plan *plan);
// Those of calls of a component to a backend. [control]
void run_observe_method(struct metrics *metrics, const struct inferd_self *self,
                        const struct inferd_method_options *options, struct run_call_metrics *made);

// One of the host's own metrics with these tags, name and value each. Slow.
struct inferd_metric *run_observe_series(struct metrics *metrics, enum metrics_series which,
                                         const char *const (*tags)[2], size_t count);

// A key that the step waits for another run to fetch; what became of it.
void run_observe_shared(const struct inferd_self *self);
void run_observe_landing(int status);
// A look-up in the cache.
void run_observe_cache(const struct inferd_self *self, uint64_t looked_up, uint64_t missed);

void run_observe_start(const struct run *run);
void run_observe_answer(const struct run *run, int status);
void run_observe_step(const struct run_step *step, int status);
void run_observe_call_began(struct run_call_metrics *made);
void run_observe_call(struct run_call_metrics *made, int status, int64_t took_us);

#endif
