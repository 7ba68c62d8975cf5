// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A bidirectional stream to a backend, for watches: messages go both ways until one side ends it. The method is opened
// as for calls (rpc/call.h). There is no deadline and no reconnecting: on_end says that it is over, the user opens a
// new one. All functions and callbacks [loop].
#ifndef RPC_STREAM_H
#define RPC_STREAM_H

#include "rpc/call.h"

struct rpc_stream;

struct rpc_stream_user {
    // A message came; its bytes are valid until this returns.
    void (*on_message)(void *user, struct inferd_bytes message);
    // The stream ended with this status; the last callback, the stream is freed after it. The detail is valid until
    // this returns.
    void (*on_end)(void *user, int status, struct inferd_bytes detail);
    void *user;
};

// Begins a stream; connecting and its failure are seen by on_end. 'extra' headers are valid during the call of this
// function only. NULL: no memory, nothing is called.
struct rpc_stream *rpc_stream_open(struct rpc_method *method, const struct rpc_header *extra, size_t extra_count,
                                   const struct rpc_stream_user *user);
// Sends a message (rpc_message_new) after those sent before; takes it over in any case. False: no memory, or the
// stream is ending.
bool rpc_stream_send(struct rpc_stream *stream, uint8_t *message, size_t size);
// Ends it from here: on_end follows with status 1 unless an end is already on its way. Not after on_end.
void rpc_stream_cancel(struct rpc_stream *stream);

#endif
