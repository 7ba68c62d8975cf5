// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Inside the rpc extension: a method of a backend as a component opened it, and one sending of a message to it. What a
// call's policies make of sendings is guard.h's.
#ifndef RUN_METHOD_H
#define RUN_METHOD_H

#include <inferd/ext/rpc.h>
#include "run/observe.h"
#include "run/run.h"

struct run_guard;

struct inferd_method {
    struct rpc_method *method;
    int64_t timeout_us; // 0: only the step's time
    struct run_call_metrics metrics;
    struct run_guard *guard; // NULL: its calls have no policies
};

// Sends a message and takes it over in any case; done as of inferd_rpc.call. NULL: no memory, done is not called.
struct run_call *run_call_send(struct run_step *step, struct inferd_method *method, uint8_t *message, size_t size,
                               inferd_call_done *done, void *user);
// When a sending that starts now would end.
int64_t run_call_deadline(const struct run_step *step, const struct inferd_method *method);
// It ends with INFERD_CANCELLED, unless its reply is already here.
void run_call_cancel(struct run_call *call);

#endif
