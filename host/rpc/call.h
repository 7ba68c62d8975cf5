// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Unary calls to backends on a loop. Channels are pooled per process by address and credentials. Knows nothing of runs:
// the caller says by which time the call must end and owns the call until 'done'.
#ifndef RPC_CALL_H
#define RPC_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <inferd/bytes.h>
#include "rpc/loop.h"

struct rpc_pool;   // channels
struct rpc_method; // a method of a backend with the headers its calls send; counted, see close
struct rpc_call;
struct grpc_call;

struct rpc_header {
    const char *name, *value;
};

struct rpc_method_options {
    const char *address, *path;
    bool tls;
    const char *ca_file;              // the peer is verified with; NULL: the system's
    const char *cert_file, *key_file; // shown to the peer; NULL: nothing is
    const struct rpc_header *headers;
    size_t header_count;
};

struct rpc_result {
    int status;                 // gRPC's code
    struct inferd_bytes detail; // "backend ADDRESS PATH: why"; empty where status is 0
    struct inferd_bytes reply;  // message, contiguous; empty unless status is 0
    void *hold;                 // owns reply and detail; give to rpc_release() when they are no longer read, or NULL
};

typedef void rpc_done_fn(void *user, struct rpc_result *result);

struct rpc_pool *rpc_pool_new(struct loop *loop);
// The largest reply that channels opened from now on take (64 MB unless told; 0: any size).
void rpc_pool_limit_replies(struct rpc_pool *pool, size_t bytes);
// Calls without a parent to plain "host:port" addresses of methods opened from now on go out on links (link.h) where
// they can.
void rpc_pool_use_links(struct rpc_pool *pool);
void rpc_pool_free(struct rpc_pool *pool); // all methods closed, all calls done, all replies released
// [any] NULL with a message in error.
struct rpc_method *rpc_method_open(struct rpc_pool *pool, const struct rpc_method_options *options, char *error,
                                   size_t size);
void rpc_method_close(struct rpc_method *method); // [any]

// Memory of a message to send. [any]
uint8_t *rpc_message_new(size_t size);
void rpc_message_drop(uint8_t *message);
// Sends a message's first 'size' bytes and takes it over in any case. done is called once, later, on the loop; the call
// object is valid until then. At deadline_us (INT64_MAX: never) it ends with status 4. 'parent' (or NULL): the inbound
// call whose deadline the backend is told and whose cancellation it shares. 'extra' headers (trace context; at most 16)
// are valid during the call of this function only. NULL: no memory, done is not called. [loop]
struct rpc_call *rpc_call_start(struct rpc_method *method, uint8_t *message, size_t size, int64_t deadline_us,
                                struct grpc_call *parent, const struct rpc_header *extra, size_t extra_count,
                                rpc_done_fn *done, void *user);
// Ends it early: done follows with status 1 unless the reply is already here. [loop]
void rpc_call_cancel(struct rpc_call *call);
void rpc_release(void *hold); // [any]

#endif
