// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// An inbound call: its message, its reply, its end. Unary calls get their message with them and answer once; streams
// receive and send messages one at a time. A client that goes away is told to the method by 'cancelled'. Nearly all
// come by gRPC; for the others see asked.h.
//
// Threads: everything on the loop.
#ifndef FRONT_INBOUND_H
#define FRONT_INBOUND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <grpc/grpc.h>
#include <inferd/bytes.h>
#include "front/admission.h"
#include "rpc/loop.h"

#define INBOUND_MAGIC 0x494e4244u

struct asked;
struct front_server;
struct inbound;

// A method the server offers.
struct inbound_method {
    const char *path;
    bool stream;          // the message doesn't come with the call
    bool health;          // answered where nothing else is: there are too many connections
    bool runs;            // a run comes of it, which admission bounds
    uint32_t outstanding; // calls that gRPC may hand over without being asked again
    void (*start)(struct inbound *inbound);
};

struct inbound {
    uint32_t magic;
    struct loop_event arrived, closed, sent, received; // each with its own function
    struct front_server *server;
    const struct inbound_method *method;
    void *registered; // gRPC's handle of the method
    struct inbound *next_idle;
    struct inbound *before_writing, *next_writing; // among those that gRPC writes for
    struct inbound *next_unread;                   // see unread.c
    size_t unread;                                 // bytes of what gRPC has yet to write, about
    int connection;                                // of that, when draining: see farewell.h
    grpc_call *call;                               // NULL: it was asked by another way
    struct asked *asked;                           // NULL: it wasn't
    grpc_call_details details;                     // of calls to unknown methods
    grpc_metadata_array metadata;
    gpr_timespec deadline;
    grpc_byte_buffer *payload, *incoming, *outgoing;
    grpc_slice slice;            // of the message
    grpc_slice explained;        // goes out with the reply, as trailing metadata; empty: nothing does
    struct inferd_bytes message; // unary: the request; NULL data: there was none
    int64_t deadline_us;         // CLOCK_MONOTONIC; INT64_MAX: none
    int64_t arrived_us;
    struct admission_entry entry;              // where a run comes of it
    void (*admitted)(struct inbound *inbound); // it has waited, and has its place
    int was_cancelled;
    struct inbound **unwatched_at, *next_unwatched; // among those that will be watched; the former NULL: it isn't
    bool watched;                                   // for the client's end
    bool closed_done;                               // it was seen
    bool answered;                                  // the reply was handed to gRPC
    bool finished;                                  // and sent or given up
    bool greeted;                                   // a stream's initial metadata was sent
    char status_text[512];
    void *user; // the method's
    // The client is gone (or the deadline has passed) before the reply. NULL: of no interest.
    void (*cancelled)(struct inbound *inbound);
    void (*on_received)(struct inbound *inbound, bool more, struct inferd_bytes message);
    void (*on_sent)(struct inbound *inbound, bool fine);
};

// Asks to be told of the client's end, by 'cancelled' where that comes before the reply. For a unary call that isn't
// answered at once; one that is costs less without. Streams are watched from the start. Again: nothing.
void inbound_watch(struct inbound *inbound);
// Ends a unary call well. The slice is taken over.
void inbound_reply(struct inbound *inbound, grpc_slice message);
// Ends any call with a status; text may be long, it is cut.
void inbound_fail(struct inbound *inbound, int status, const char *text);
// Ends a call that can't be taken now: RESOURCE_EXHAUSTED with a hint when to come again. Cheap.
void inbound_refuse(struct inbound *inbound, enum admission_answer why);
// The value of a header; false where there is none. Valid as long as the call.
bool inbound_header(const struct inbound *inbound, const char *name, struct inferd_bytes *value);

// The message isn't read any more: it needn't wait for its reply to be read. For unary calls.
void inbound_drop_message(struct inbound *inbound);

// Streams: asks for the next message; on_received follows, more == false at the client's end.
void inbound_receive(struct inbound *inbound);
// Sends a message; on_sent follows. The slice is taken over.
void inbound_send(struct inbound *inbound, grpc_slice message);

// Asks gRPC for one more call of the method. [of the server]
bool inbound_expect(struct front_server *server, const struct inbound_method *method, void *registered);

#endif
