// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The pool's stock of calls' structs, each with all that doesn't change from call to call prepared once.
//
// Threads: the loop's; others give structs back through the pool's list of what was returned.
#include <stdlib.h>
#include "rpc/call_inner.h"

#define MAX_STOCK 4096 // structs of about 1 KB

static void free_call(struct rpc_call *call)
{
    atomic_fetch_sub(&call->pool->calls, 1);
    grpc_byte_buffer_destroy(call->message);
    grpc_metadata_array_destroy(&call->headers);
    grpc_metadata_array_destroy(&call->trailers);
    free(call);
}

void rpc_stock_put(struct rpc_pool *pool, struct rpc_call *call)
{
    if (pool->stocked == MAX_STOCK) {
        free_call(call);
        return;
    }
    call->next = pool->stock;
    pool->stock = call;
    pool->stocked++;
}

static void stock_returned(struct rpc_pool *pool)
{
    struct rpc_call *call = atomic_exchange_explicit(&pool->returned, NULL, memory_order_acquire);

    while (call != NULL) {
        struct rpc_call *next = call->next;

        rpc_stock_put(pool, call);
        call = next;
    }
}

void rpc_stock_free(struct rpc_pool *pool)
{
    stock_returned(pool);
    while (pool->stock != NULL) {
        struct rpc_call *call = pool->stock;

        pool->stock = call->next;
        free_call(call);
    }
}

static void prepare_ops(struct rpc_call *call)
{
    grpc_op *ops = call->ops;

    ops[SEND_HEADERS].op = GRPC_OP_SEND_INITIAL_METADATA;
    ops[SEND_MESSAGE].op = GRPC_OP_SEND_MESSAGE;
    ops[SEND_MESSAGE].data.send_message.send_message = call->message;
    ops[SEND_CLOSE].op = GRPC_OP_SEND_CLOSE_FROM_CLIENT;
    ops[RECEIVE_HEADERS].op = GRPC_OP_RECV_INITIAL_METADATA;
    ops[RECEIVE_HEADERS].data.recv_initial_metadata.recv_initial_metadata = &call->headers;
    ops[RECEIVE_MESSAGE].op = GRPC_OP_RECV_MESSAGE;
    ops[RECEIVE_MESSAGE].data.recv_message.recv_message = &call->reply.buffer;
    ops[RECEIVE_STATUS].op = GRPC_OP_RECV_STATUS_ON_CLIENT;
    ops[RECEIVE_STATUS].data.recv_status_on_client.trailing_metadata = &call->trailers;
    ops[RECEIVE_STATUS].data.recv_status_on_client.status = &call->status;
    ops[RECEIVE_STATUS].data.recv_status_on_client.status_details = &call->detail;
}

static struct rpc_call *new_call(struct rpc_pool *pool)
{
    struct rpc_call *call = calloc(1, sizeof(*call));

    if (call == NULL)
        return NULL;
    atomic_fetch_add(&pool->calls, 1);
    call->pool = pool;
    call->ended.fn = rpc_call_ended;
    call->refused.fn = rpc_call_refused;
    call->deadline.fn = rpc_call_deadline;
    call->message = grpc_raw_byte_buffer_create(NULL, 0);
    grpc_metadata_array_init(&call->headers);
    grpc_metadata_array_init(&call->trailers);
    prepare_ops(call);
    return call;
}

struct rpc_call *rpc_stock_take(struct rpc_pool *pool)
{
    struct rpc_call *call;

    if (pool->stock == NULL)
        stock_returned(pool);
    call = pool->stock;
    if (call == NULL)
        return new_call(pool);
    pool->stock = call->next;
    pool->stocked--;
    return call;
}
