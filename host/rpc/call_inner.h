// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Inside calls: what a call is made of. call.c begins it, call_end.c ends it, call_stock.c keeps the structs.
#ifndef RPC_CALL_INNER_H
#define RPC_CALL_INNER_H

#include <stddef.h>
#include <grpc/grpc.h>
#include "rpc/pool.h"
#include "rpc/reply.h"

#define RPC_CALL_RUNNING 0x43616c6cu
#define RPC_CALL_HELD 0x48656c64u // its reply is being read

enum rpc_call_op { SEND_HEADERS, SEND_MESSAGE, SEND_CLOSE, RECEIVE_HEADERS, RECEIVE_MESSAGE, RECEIVE_STATUS, OPS };

struct rpc_call {
    uint32_t magic;
    struct loop_event ended;
    struct loop_timer deadline;
    struct loop_job refused; // by gRPC, before it began
    struct rpc_pool *pool;
    struct rpc_method *method;
    grpc_call *grpc;
    struct link_line *line;      // that it went out on; NULL: it took the channel
    struct http2_stream *stream; // likewise
    uint8_t *body;               // of a call on a line, which may have to go out again
    size_t body_size;
    grpc_metadata *joined; // its headers, where some are its own
    size_t own_headers;
    int64_t deadline_us;
    rpc_done_fn *done;
    void *user;
    grpc_byte_buffer *message; // empty between calls, for gRPC takes the slices out
    struct reply reply;
    char *error;
    grpc_metadata_array headers, trailers;
    grpc_status_code status;
    grpc_slice detail; // of a call on the channel
    grpc_op ops[OPS];
    struct rpc_call *next; // in the stock
};

#define CALL_OF(pointer, member) ((struct rpc_call *)((char *)(pointer)-offsetof(struct rpc_call, member)))

// Sends it on the channel.
void rpc_call_begin(struct rpc_call *call, struct grpc_call *parent);
void rpc_call_line_ended(void *call, const struct http2_end *end);
void rpc_call_drop_headers(struct rpc_call *call);
// What ends it: the batch, gRPC that refuses it, or time.
void rpc_call_ended(struct loop_event *event, bool ok);
void rpc_call_refused(struct loop_job *job);
void rpc_call_deadline(struct loop_timer *timer);
// From and into the stock. NULL: no memory.
struct rpc_call *rpc_stock_take(struct rpc_pool *pool);
void rpc_stock_put(struct rpc_pool *pool, struct rpc_call *call);

#endif
