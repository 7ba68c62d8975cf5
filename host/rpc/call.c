// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Unary calls: one batch each, structs from the stock (call_stock.c). A finished call's struct is also what holds its
// reply, so it goes back to the stock when that is released.
//
// Threads: the loop's; only rpc_release() and the functions for messages may run in any.
#include "rpc/call.h"
#include <stdlib.h>
#include <grpc/slice.h>
#include <inferd/status.h>
#include <grpc/support/time.h>
#include "base/magic.h"
#include "rpc/call_inner.h"

#define ROOM 16 // in front of a message, FRAMING_PREFIX of it used

uint8_t *rpc_message_new(size_t size)
{
    uint8_t *memory = size <= SIZE_MAX - ROOM ? malloc(ROOM + size) : NULL;

    return memory != NULL ? memory + ROOM : NULL;
}

void rpc_message_drop(uint8_t *message)
{
    if (message != NULL)
        free(message - ROOM);
}

static void drop_message(void *message)
{
    rpc_message_drop(message);
}

grpc_slice rpc_message_slice(uint8_t *message, size_t size)
{
    return grpc_slice_new(message, size, drop_message);
}

static gpr_timespec time_of(int64_t us)
{
    if (us == INT64_MAX)
        return gpr_inf_future(GPR_CLOCK_MONOTONIC);
    return gpr_time_add(gpr_time_0(GPR_CLOCK_MONOTONIC), gpr_time_from_micros(us, GPR_TIMESPAN));
}

// A call's own headers are put behind its method's once, for it may go out twice.
static bool join_headers(struct rpc_call *call, const struct rpc_header *extra, size_t count)
{
    call->own_headers = count;
    if (count == 0)
        return true;
    call->joined = malloc((call->method->header_count + count) * sizeof(*call->joined));
    if (call->joined == NULL)
        return false;
    rpc_headers_join(call->method, extra, count, call->joined);
    return true;
}

void rpc_call_begin(struct rpc_call *call, struct grpc_call *parent)
{
    const struct rpc_method *method = call->method;
    grpc_op *headers = &call->ops[SEND_HEADERS];

    grpc_slice_buffer_add(&call->message->data.raw.slice_buffer, rpc_message_slice(call->body, call->body_size));
    call->body = NULL;
    call->grpc = grpc_channel_create_registered_call(
        method->channel->grpc, parent, GRPC_PROPAGATE_DEADLINE | GRPC_PROPAGATE_CANCELLATION,
        loop_queue(call->pool->loop), method->handle, time_of(call->deadline_us), NULL);
    headers->data.send_initial_metadata.count = method->header_count + call->own_headers;
    headers->data.send_initial_metadata.metadata =
        call->joined != NULL ? call->joined : (grpc_metadata *)method->headers;
    if (call->deadline_us <= loop_now_us(call->pool->loop))
        rpc_call_deadline(&call->deadline); // too late already: nothing of it is sent
    if (grpc_call_start_batch(call->grpc, call->ops, OPS, &call->ended, NULL) != GRPC_CALL_OK)
        loop_post(call->pool->loop, &call->refused);
}

static bool prepare(struct rpc_call *call, struct rpc_method *method, int64_t deadline_us,
                    const struct rpc_header *extra, size_t extra_count)
{
    call->method = method;
    call->deadline_us = deadline_us;
    if (!join_headers(call, extra, extra_count))
        return false;
    if (deadline_us == INT64_MAX || loop_timer_arm(method->pool->loop, &call->deadline, deadline_us))
        return true;
    rpc_call_drop_headers(call);
    return false;
}

// False: no line is up, or takes it.
static bool begin_on_line(struct rpc_call *call, const struct rpc_header *extra, size_t extra_count)
{
    const struct rpc_method *method = call->method;
    int64_t left_us = call->deadline_us;

    if (method->head == NULL || rpc_headers_have_binary(extra, extra_count) ||
        (call->line = link_take(method->channel->link)) == NULL)
        return false;
    if (left_us != INT64_MAX)
        left_us -= loop_now_us(call->pool->loop);
    call->stream = http2_call(link_http2(call->line), method->head, extra, extra_count, left_us, call->body,
                              call->body_size, rpc_call_line_ended, call);
    if (call->stream == NULL) {
        link_put(call->line);
        call->line = NULL;
        return false;
    }
    if (left_us <= 0)
        rpc_call_deadline(&call->deadline); // too late already: nothing of it is sent
    return true;
}

struct rpc_call *rpc_call_start(struct rpc_method *method, uint8_t *message, size_t size, int64_t deadline_us,
                                struct grpc_call *parent, const struct rpc_header *extra, size_t extra_count,
                                rpc_done_fn *done, void *user)
{
    struct rpc_call *call;

    CHECK_MAGIC(method, RPC_METHOD_MAGIC);
    call = rpc_stock_take(method->pool);
    if (call == NULL || !prepare(call, method, deadline_us, extra, extra_count)) {
        if (call != NULL)
            rpc_stock_put(method->pool, call);
        rpc_message_drop(message);
        return NULL;
    }
    rpc_method_use(method);
    call->magic = RPC_CALL_RUNNING;
    call->done = done;
    call->user = user;
    call->body = message;
    call->body_size = size;
    if (parent != NULL || !begin_on_line(call, extra, extra_count))
        rpc_call_begin(call, parent);
    return call;
}

void rpc_call_cancel(struct rpc_call *call)
{
    CHECK_MAGIC(call, RPC_CALL_RUNNING);
    if (call->stream != NULL)
        http2_cancel(call->stream, INFERD_CANCELLED, "cancelled");
    else
        grpc_call_cancel(call->grpc, NULL);
}

void rpc_release(void *hold)
{
    struct rpc_call *call = hold;
    struct rpc_pool *pool;

    if (call == NULL)
        return;
    CHECK_MAGIC(call, RPC_CALL_HELD);
    pool = call->pool;
    call->magic = 0;
    reply_drop(&call->reply);
    free(call->error);
    call->error = NULL;
    grpc_slice_buffer_reset_and_unref(&call->message->data.raw.slice_buffer); // a call that was never sent
    if (loop_on_thread(pool->loop)) {
        rpc_stock_put(pool, call);
        return;
    }
    call->next = atomic_load_explicit(&pool->returned, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(&pool->returned, &call->next, call, memory_order_release,
                                                  memory_order_relaxed)) {
    }
}
