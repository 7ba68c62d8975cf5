// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// inferd.rpc/1: calls of a step to backends. The run's deadline bounds each call, the run's end cancels it, and the
// reply's bytes live as long as the run.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/component.h"
#include "run/backend_tls.h"
#include "run/extensions.h"
#include "run/guard.h"
#include "run/record.h"
#include "run/shadow.h"
#include "run/step.h"

// A call under way, in its run's arena and list.
struct run_call {
    struct run_call *next, **link;
    struct run_step *step;
    struct rpc_call *call;
    struct inferd_method *method;
    int64_t started_us;
    inferd_call_done *done;
    void *user;
};

static struct inferd_method *open_at(struct inferd_self *self, const struct inferd_method_options *options,
                                     const char *path)
{
    struct rpc_method_options given = {.address = options->address,
                                       .path = options->path,
                                       .tls = options->tls,
                                       .headers = (const struct rpc_header *)options->headers,
                                       .header_count = options->header_count};
    struct inferd_method *method = calloc(1, sizeof(*method));
    char error[256] = "no memory";

    _Static_assert(sizeof(struct rpc_header) == sizeof(struct inferd_header), "one is passed as the other");
    if (options->size >= offsetof(struct inferd_method_options, key_file) + sizeof(options->key_file)) {
        given.ca_file = options->ca_file;
        given.cert_file = options->cert_file;
        given.key_file = options->key_file;
    }
    if (run_engine())
        backend_tls_apply(run_engine()->backend_tls, &given);
    if (method && run_engine())
        method->method = rpc_method_open(run_engine()->rpc, &given, error, sizeof(error));
    if (!method || !method->method) {
        component_fail(self, INFERD_INVALID_ARGUMENT, path, "%s", error);
        free(method);
        return NULL;
    }
    method->timeout_us = options->timeout_ms > 0 ? options->timeout_ms * 1000 : 0;
    run_observe_method(run_engine()->metrics, self, options, &method->metrics);
    method->guard = run_guard_new(self, options->address);
    return method;
}

// A twin's methods are of the backend that is tried.
static struct inferd_method *open_method(struct inferd_self *self, const struct inferd_method_options *options,
                                         const char *path)
{
    struct inferd_method_options elsewhere = {.size = sizeof(elsewhere)};
    char address[512];

    if (!self->shadows)
        return open_at(self, options, path);
    memcpy(&elsewhere, options, options->size < sizeof(elsewhere) ? options->size : sizeof(elsewhere));
    elsewhere.address = run_shadow_address(self, options->address, address, sizeof(address));
    return open_at(self, &elsewhere, path);
}

static void close_method(struct inferd_method *method)
{
    if (!method)
        return;
    rpc_method_close(method->method);
    run_guard_free(method->guard);
    free(method);
}

static uint8_t *new_message(struct inferd_step *step, size_t size)
{
    (void)step;
    return rpc_message_new(size);
}

static void drop_message(struct inferd_step *step, uint8_t *message)
{
    (void)step;
    rpc_message_drop(message);
}

// The reply's bytes stay as long as the run.
static bool hold(struct run *run, void *what)
{
    struct run_hold *kept = what ? arena_alloc(&run->arena, sizeof(*kept)) : NULL;

    if (!what)
        return true;
    if (!kept)
        return false;
    kept->hold = what;
    kept->next = run->holds;
    run->holds = kept;
    return true;
}

static void call_ended(void *user, struct rpc_result *result)
{
    struct run_call *call = user;
    struct run_step *step = call->step;
    struct run *run = step->run;
    const char *detail;
    uint64_t before;

    run_observe_call(&call->method->metrics, result->status, loop_now_us(run->engine->loop) - call->started_us);
    *call->link = call->next;
    if (call->next)
        call->next->link = call->link;
    detail =
        result->detail.len ? arena_strndup(&run->arena, (const char *)result->detail.data, result->detail.len) : "";
    if (!hold(run, result->hold)) {
        rpc_release(result->hold);
        result->status = INFERD_RESOURCE_EXHAUSTED;
        result->reply = (struct inferd_bytes){NULL, 0};
    }
    if (result->status == INFERD_DEADLINE_EXCEEDED && run->timed &&
        loop_now_us(run->engine->loop) >= run->deadline_us - RUN_SAME_TIME_US)
        run_late(run);
    before = run_enter(step);
    call->done(&step->shown, call->user, result->status, detail ? detail : "", result->reply);
    breadcrumb_leave(before);
    run->outstanding--;
    run_settle(run);
}

int64_t run_call_deadline(const struct run_step *step, const struct inferd_method *method)
{
    int64_t now = loop_now_us(step->run->engine->loop), deadline = step->shown.deadline_us;

    return method->timeout_us && now < deadline - method->timeout_us ? now + method->timeout_us : deadline;
}

struct run_call *run_call_send(struct run_step *step, struct inferd_method *method, uint8_t *message, size_t size,
                               inferd_call_done *done, void *user)
{
    struct run *run = step->run;
    struct run_call *call = arena_alloc(&run->arena, sizeof(*call));
    struct rpc_header trace = {.name = "traceparent"};

    if (!call) {
        rpc_message_drop(message);
        return NULL;
    }
    if (run->traceparent.len && !run->released)
        trace.value = arena_strndup(&run->arena, (const char *)run->traceparent.data, run->traceparent.len);
    call->step = step;
    call->method = method;
    call->started_us = loop_now_us(run->engine->loop);
    call->done = done;
    call->user = user;
    call->call = rpc_call_start(method->method, message, size, run_call_deadline(step, method), NULL, &trace,
                                trace.value ? 1 : 0, call_ended, call);
    if (!call->call)
        return NULL;
    metrics_add(METRICS_CALLS, 1);
    run_observe_call_began(&method->metrics);
    if (step->record)
        step->record->attempts++;
    run->outstanding++;
    call->next = run->calls;
    call->link = &run->calls;
    if (call->next)
        call->next->link = &call->next;
    run->calls = call;
    if (run->answered) // it would be of no use to anybody
        rpc_call_cancel(call->call);
    return call;
}

void run_call_cancel(struct run_call *call)
{
    rpc_call_cancel(call->call);
}

static int start_call(struct inferd_step *shown, struct inferd_method *method, uint8_t *message, size_t size,
                      inferd_call_done *done, void *user)
{
    struct run_step *step = run_step_of(shown);

    if (method->guard)
        return run_guard_call(step, method, message, size, done, user);
    if (step->record)
        step->record->calls++;
    return run_call_send(step, method, message, size, done, user) ? INFERD_OK : INFERD_RESOURCE_EXHAUSTED;
}

void run_cancel_calls(struct run *run)
{
    for (struct run_call *call = run->calls; call; call = call->next)
        rpc_call_cancel(call->call);
    run_guard_hurry(run);
}

const struct inferd_rpc run_ext_rpc = {
    .size = sizeof(run_ext_rpc),
    .open = open_method,
    .close = close_method,
    .message = new_message,
    .drop = drop_message,
    .call = start_call,
};
