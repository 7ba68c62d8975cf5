// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// An inbound call: its message, its reply, its end. Unary calls get their message with them and answer once; streams
// receive and send messages one at a time. A client that goes away is told to the method by 'cancelled'. Nearly all
// come by gRPC (session.h); for the others see asked.h.
//
// Threads: everything on the loop.
#ifndef FRONT_INBOUND_H
#define FRONT_INBOUND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <grpc/slice.h>
#include <inferd/bytes.h>
#include "front/admission.h"

#define INBOUND_MAGIC 0x494e4244u

struct asked;
struct front_server;
struct inbound;
struct session_stream;

// A method the server offers.
struct inbound_method {
    const char *path;
    bool stream; // the message doesn't come with the call
    bool health; // answered where nothing else is: there are too many connections
    bool runs;   // a run comes of it, which admission bounds
    void (*start)(struct inbound *inbound);
};

struct inbound {
    uint32_t magic;
    struct front_server *server;
    const struct inbound_method *method;
    struct session_stream *stream; // NULL: it was asked by another way
    struct asked *asked;           // NULL: it wasn't
    struct inbound *next_idle;     // or among those that are answered
    grpc_slice slice;              // of the message
    grpc_slice explained;          // goes out with the reply, as trailing metadata; empty: nothing does
    struct inferd_bytes message;   // unary: the request; NULL data: there was none
    int64_t deadline_us;           // CLOCK_MONOTONIC; INT64_MAX: none
    int64_t arrived_us;
    struct admission_entry entry;              // where a run comes of it
    void (*admitted)(struct inbound *inbound); // it has waited, and has its place
    bool answered;                             // it is there until the end of the turn
    void *user;                                // the method's
    // The client is gone (or the deadline has passed) before the reply. NULL: of no interest.
    void (*cancelled)(struct inbound *inbound);
    void (*on_received)(struct inbound *inbound, bool more, struct inferd_bytes message);
    void (*on_sent)(struct inbound *inbound, bool fine);
};

// Ends a unary call well. The slice is taken over.
void inbound_reply(struct inbound *inbound, grpc_slice message);
// Ends any call with a status; text may be long, it is cut.
void inbound_fail(struct inbound *inbound, int status, const char *text);
// Ends a call that can't be taken now: RESOURCE_EXHAUSTED with a hint when to come again. Cheap.
void inbound_refuse(struct inbound *inbound, enum admission_answer why);
// The values of a header, the first 'room' of them; how many these are. Valid as long as the call.
uint32_t inbound_headers(const struct inbound *inbound, const char *name, struct inferd_bytes *values, uint32_t room);
// The first value; false where there is none.
static inline bool inbound_header(const struct inbound *inbound, const char *name, struct inferd_bytes *value)
{
    return inbound_headers(inbound, name, value, 1) == 1;
}

// The message isn't read any more: it needn't wait for its reply to be read. For unary calls.
void inbound_drop_message(struct inbound *inbound);

// Streams: asks for the next message; on_received follows, more == false at the client's end.
void inbound_receive(struct inbound *inbound);
// Sends a message; on_sent follows. The slice is taken over.
void inbound_send(struct inbound *inbound, grpc_slice message);

#endif
