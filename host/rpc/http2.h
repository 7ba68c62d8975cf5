// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Unary gRPC calls on one HTTP/2 connection (nghttp2). All calls that a turn of the loop begins leave together at its
// end. Format: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md. Knows nothing of addresses, retries and
// deadlines.
//
// Threads: the loop's; heads are made and freed in any.
#ifndef RPC_HTTP2_H
#define RPC_HTTP2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "rpc/call.h"

#define HTTP2_MAX_FIELDS 64 // of a request: those of HTTP and gRPC, the method's and the call's

struct http2;        // a connection
struct http2_stream; // a call on it, until its done returns
struct http2_head;   // what all requests of a method begin with

// How a call ended. All of it is valid during done only, but for reply.
struct http2_end {
    int status; // gRPC's code
    const char *text;
    size_t text_len;
    bool unseen;    // the backend never saw the call: it may go out elsewhere
    bool has_reply; // with status 0 only
    uint8_t *reply; // malloc's memory, the receiver's from now on; NULL where reply_len is 0
    size_t reply_len;
};

typedef void http2_done_fn(void *user, const struct http2_end *end);

// NULL: no memory. Names with "-bin" are not for it: their values would have to be encoded.
struct http2_head *http2_head_new(const char *authority, const char *path, const struct rpc_header *headers,
                                  size_t count);
void http2_head_free(struct http2_head *head);

// A connection on a connected socket, which it takes over. max_reply in bytes; 0: any size. 'over' is called once, when
// it takes no more calls; those under way go on, unless it is broken. NULL: no memory; the socket is still the
// caller's.
struct http2 *http2_new(struct loop *loop, int socket, size_t max_reply, void (*over)(void *user), void *user);
// Closes it; no call is under way. It may be called within a call's done.
void http2_free(struct http2 *http2);

// Begins a call. The message, with FRAMING_PREFIX bytes of room in front, must stay until done, which comes later and
// once. timeout_us: what the backend is told; INT64_MAX: nothing. Extra headers are copied. NULL: no memory, or the
// connection is over; done is not called.
struct http2_stream *http2_call(struct http2 *http2, const struct http2_head *head, const struct rpc_header *extra,
                                size_t extra_count, int64_t timeout_us, uint8_t *message, size_t size,
                                http2_done_fn *done, void *user);
// Ends a call early, with this status and text (static): done follows, unless the end has come already.
void http2_cancel(struct http2_stream *stream, int status, const char *text);

#endif
