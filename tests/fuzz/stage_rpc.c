// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// In place of host/rpc: calls are kept and answered, in their order, by the program. A reply has memory of just its
// size, and it is gone when it is released.
#include <inferd/status.h>
#include "fuzz.h"
#include "rpc/call.h"
#include "rpc/stream.h"
#include "stage.h"

struct rpc_method {
    char *path;
};

struct rpc_call {
    struct rpc_call *next;
    struct rpc_method *method;
    uint8_t *message;
    size_t size;
    bool cancelled;
    rpc_done_fn *done;
    void *user;
};

static struct rpc_call *first, **last = &first;
static stage_answer_fn *answer_call;
static void *answer_user;
static int anything; // what the pool and the loop point to

void stage_rpc_begin(stage_answer_fn *answer, void *user)
{
    answer_call = answer;
    answer_user = user;
}

static void end_call(struct rpc_call *call)
{
    struct rpc_result result = {.status = INFERD_CANCELLED, .detail = inferd_bytes_of("backend: cancelled")};
    struct inferd_bytes reply = {NULL, 0};

    if (!call->cancelled) {
        struct inferd_bytes request = {call->message, call->size};

        result.status = answer_call(answer_user, call->method->path, request, &reply);
        result.detail = inferd_bytes_of(result.status == INFERD_OK ? "" : "backend: it says so");
    }
    if (result.status == INFERD_OK) {
        result.hold = fuzz_copy(reply);
        result.reply = (struct inferd_bytes){result.hold, reply.len};
    }
    free(call->message);
    call->done(call->user, &result);
    free(call);
}

void stage_rpc_deliver(void)
{
    while (first) {
        struct rpc_call *call = first;

        first = call->next;
        if (!first)
            last = &first;
        end_call(call);
    }
}

struct rpc_pool *rpc_pool_new(struct loop *loop)
{
    (void)loop;
    return (struct rpc_pool *)&anything;
}

void rpc_pool_use_links(struct rpc_pool *pool)
{
    (void)pool;
}

void rpc_pool_free(struct rpc_pool *pool)
{
    (void)pool;
    FUZZ_ALWAYS(!first);
}

struct rpc_method *rpc_method_open(struct rpc_pool *pool, const struct rpc_method_options *options, char *error,
                                   size_t size)
{
    struct rpc_method *method = calloc(1, sizeof(*method));

    (void)pool;
    (void)error;
    (void)size;
    FUZZ_ALWAYS(method && options->address && options->path);
    for (size_t i = 0; i < options->header_count; i++)
        FUZZ_ALWAYS(options->headers[i].name && options->headers[i].value);
    method->path = strdup(options->path);
    FUZZ_ALWAYS(method->path);
    return method;
}

void rpc_method_close(struct rpc_method *method)
{
    free(method->path);
    free(method);
}

uint8_t *rpc_message_new(size_t size)
{
    return malloc(size ? size : 1);
}

void rpc_message_drop(uint8_t *message)
{
    free(message);
}

struct rpc_call *rpc_call_start(struct rpc_method *method, uint8_t *message, size_t size, int64_t deadline_us,
                                struct grpc_call *parent, const struct rpc_header *extra, size_t extra_count,
                                rpc_done_fn *done, void *user)
{
    struct rpc_call *call = calloc(1, sizeof(*call));

    (void)deadline_us;
    (void)parent;
    FUZZ_ALWAYS(call);
    for (size_t i = 0; i < extra_count; i++)
        FUZZ_ALWAYS(strlen(extra[i].name) > 0 && extra[i].value);
    *call = (struct rpc_call){.method = method, .message = message, .size = size, .done = done, .user = user};
    *last = call;
    last = &call->next;
    return call;
}

void rpc_call_cancel(struct rpc_call *call)
{
    call->cancelled = true;
}

void rpc_release(void *hold)
{
    free(hold);
}

// ---- the loop

struct loop *stage_loop(void)
{
    return (struct loop *)&anything;
}

int64_t loop_now_us(const struct loop *loop)
{
    (void)loop;
    return 1000000000;
}

bool loop_on_thread(const struct loop *loop)
{
    (void)loop;
    return true;
}

void loop_post(struct loop *loop, struct loop_job *job)
{
    (void)loop;
    (void)job;
    FUZZ_ALWAYS(!"no other thread is there to post");
}

void loop_defer(struct loop *loop, struct loop_job *job)
{
    (void)loop;
    (void)job;
    FUZZ_ALWAYS(!"there is one call at a time, so none waits");
}

bool loop_timer_arm(struct loop *loop, struct loop_timer *timer, int64_t at_us)
{
    (void)loop;
    timer->at_us = at_us;
    timer->slot = 1;
    return true;
}

void loop_timer_drop(struct loop *loop, struct loop_timer *timer)
{
    (void)loop;
    timer->slot = 0;
}

// ---- what only sources of configs would call, and there are none

static void not_here(void)
{
    FUZZ_ALWAYS(!"the stage has no sources of configs");
}

struct loop *loop_new(void)
{
    not_here();
    return NULL;
}

void loop_free(struct loop *loop)
{
    (void)loop;
}

void loop_run(struct loop *loop)
{
    (void)loop;
    not_here();
}

void loop_stop(struct loop *loop)
{
    (void)loop;
    not_here();
}

struct rpc_stream *rpc_stream_open(struct rpc_method *method, const struct rpc_header *extra, size_t extra_count,
                                   const struct rpc_stream_user *user)
{
    (void)method;
    (void)extra;
    (void)extra_count;
    (void)user;
    not_here();
    return NULL;
}

bool rpc_stream_send(struct rpc_stream *stream, uint8_t *message, size_t size)
{
    (void)stream;
    (void)message;
    (void)size;
    not_here();
    return false;
}

void rpc_stream_cancel(struct rpc_stream *stream)
{
    (void)stream;
    not_here();
}
