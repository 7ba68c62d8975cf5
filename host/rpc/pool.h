// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Inside rpc: the pool's channels and its stock of call structs, and what a method is made of.
//
// Threads: channels and methods are opened and closed in any thread, under the pool's lock; the stock belongs to the
// loop's thread, others give back through 'returned'.
#ifndef RPC_POOL_H
#define RPC_POOL_H

#include <pthread.h>
#include <stdatomic.h>
#include <grpc/grpc.h>
#include "rpc/call.h"
#include "rpc/link.h"

#define RPC_METHOD_MAGIC 0x4d657468u
#define RPC_MAX_HEADERS 32 // of a method
#define RPC_MAX_EXTRA 16   // of a call

struct rpc_channel {
    struct rpc_channel *next;
    size_t methods; // that use it
    grpc_channel *grpc;
    struct link *link; // or NULL: all calls take the channel
    char *address, *ca_file, *cert_file, *key_file;
    bool tls;
};

struct rpc_pool {
    struct loop *loop;
    pthread_mutex_t lock; // of channels and of their counts
    struct rpc_channel *channels;
    int max_reply;
    struct links *links; // or NULL
    struct rpc_call *stock;
    size_t stocked;
    atomic_size_t calls; // that exist, stocked ones too
    _Atomic(struct rpc_call *) returned;
};

struct rpc_method {
    uint32_t magic;
    atomic_uint users; // who opened it, and the calls under way
    struct rpc_pool *pool;
    struct rpc_channel *channel;
    void *handle; // gRPC's
    char *path;
    struct http2_head *head; // for calls on lines; NULL: all take the channel
    size_t header_count;
    grpc_metadata headers[]; // sent by every call
};

// The channel for these options, new or shared; NULL with a message in error.
struct rpc_channel *rpc_channel_get(struct rpc_pool *pool, const struct rpc_method_options *options, char *error,
                                    size_t size);
void rpc_channel_put(struct rpc_pool *pool, struct rpc_channel *channel);
// The :authority that the channel's calls have to name themselves, or NULL where gRPC fills it in.
const char *rpc_channel_authority(const struct rpc_channel *channel);

void rpc_method_use(struct rpc_method *method);
// A header "NAME-bin" is among them, whose value only gRPC encodes.
bool rpc_headers_have_binary(const struct rpc_header *headers, size_t count);
// The method's headers and those of one call, in 'room' where they have to be put together. Whoever passed extra ones
// gives them back by rpc_headers_drop() once the batch has begun.
const grpc_metadata *rpc_headers_join(const struct rpc_method *method, const struct rpc_header *extra,
                                      size_t extra_count, grpc_metadata *room);
void rpc_headers_drop(const struct rpc_method *method, size_t extra_count, grpc_metadata *room);
// A message as gRPC takes it; it is the slice's from now on.
grpc_slice rpc_message_slice(uint8_t *message, size_t size);
// "backend ADDRESS PATH: TEXT" in malloc's memory, or NULL.
char *rpc_method_error(const struct rpc_method *method, const void *text, size_t len, size_t *error_len);

void rpc_stock_free(struct rpc_pool *pool); // in call_stock.c, which knows what a call is

#endif
