// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A call of a scoring method that comes by another way than gRPC. It is an inbound call like any other (admission,
// access, drain, what is counted), but its answer is handed back to who asked. Its client's end isn't watched for: its
// deadline ends it.
//
// Threads: asked_post() from any, 'answered' on the loop.
#ifndef FRONT_ASKED_H
#define FRONT_ASKED_H

#include <stdbool.h>
#include <stdint.h>
#include <grpc/slice.h>
#include <inferd/ext/request.h>

#include "front/inbound.h"
#include "rpc/loop.h"

struct front_server;
struct tls_names;

// A header, with its name in small letters.
struct asked_header {
    const char *name, *value;
};

// Embedded in the struct that waits; stays until 'answered' is called.
struct asked {
    struct front_server *server;
    enum inferd_request_form form; // not INFERD_ENTITIES
    grpc_slice message;            // whose asked it is
    const struct asked_header *headers;
    size_t header_count;
    struct tls_names *names; // in the certificate that who asks has shown; NULL: none
    int64_t deadline_us;     // CLOCK_MONOTONIC; INT64_MAX: none
    // Once. What follows is set, and the asker's: to be unreferenced. [loop]
    void (*answered)(struct asked *asked);

    int status;
    bool refused;         // because it is too much; then server->retry_hint says when to come again
    char text[512];       // where the status isn't INFERD_OK
    grpc_slice reply;     // where it is
    grpc_slice explained; // JSON; empty: it wasn't asked for

    struct loop_job job;   // asked.c's from here on
    struct loop_timer due; // for those that wait, or whose method takes too long
    struct inbound *inbound;
    bool late;
};

void asked_post(struct asked *asked);

// Takes the answer, instead of a session; the reply is taken over. [of inbound_reply.c]
void asked_answer(struct inbound *inbound, int status, const char *text, grpc_slice reply);
// Hands it back: the inbound call is going. [of inbound.c]
void asked_end(struct asked *asked);

#endif
