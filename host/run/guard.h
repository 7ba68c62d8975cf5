// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Calls under policies: a call becomes one sending or several, which retries, hedges and the breaker decide, and ends
// once. Breaker, budget and estimate belong to a component's method of one backend, in one worker.
//
// Threads: on the loop, but for making and freeing.
#ifndef RUN_GUARD_H
#define RUN_GUARD_H

#include "plan/policy.h"
#include "run/method.h"

// What guards the calls of a method; NULL where the component has no policies for them, or no memory. [control]
struct run_guard *run_guard_new(const struct inferd_self *self, const char *address);
void run_guard_free(struct run_guard *guard); // no call is under way. [control]

// As inferd_rpc.call.
int run_guard_call(struct run_step *step, struct inferd_method *method, uint8_t *message, size_t size,
                   inferd_call_done *done, void *user);
// The run is over: what waits to be sent isn't.
void run_guard_hurry(struct run *run);

#endif
