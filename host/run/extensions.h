// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The extensions' tables, one file each.
#ifndef RUN_EXTENSIONS_H
#define RUN_EXTENSIONS_H

#include <inferd/ext/blocking.h>
#include <inferd/ext/cache.h>
#include <inferd/ext/convert.h>
#include <inferd/ext/flight.h>
#include <inferd/ext/log.h>
#include <inferd/ext/metrics.h>
#include <inferd/ext/request.h>
#include <inferd/ext/rpc.h>
#include <inferd/ext/timer.h>

struct run;
struct run_step;
struct run_call;
struct run_engine;
struct run_pool;

extern const struct inferd_blocking run_ext_blocking;
extern const struct inferd_cache run_ext_cache;
extern const struct inferd_convert run_ext_convert;
extern const struct inferd_flight run_ext_flight;
extern const struct inferd_log run_ext_log;
extern const struct inferd_metrics run_ext_metrics;
extern const struct inferd_request_ext run_ext_request;
extern const struct inferd_rpc run_ext_rpc;
extern const struct inferd_timer_ext run_ext_timer;

void run_cancel_calls(struct run *run);        // all calls under way
void run_drop_timers(struct run_step *step);   // all timers of a step
void run_cancel_waits(struct run_step *step);  // for flights of others; the step may end
void run_leave_flights(struct run_step *step); // at the step's end, where it has a party
void run_pool_free(struct run_pool *pool);     // joins its threads

#endif
