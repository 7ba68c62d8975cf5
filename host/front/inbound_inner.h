// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Inside of an inbound call, shared by its files only: inbound.c has it come and go, inbound_watch.c sees its client's
// end, inbound_reply.c answers it.
#ifndef FRONT_INBOUND_INNER_H
#define FRONT_INBOUND_INNER_H

#include "base/magic.h"
#include "front/inbound.h"
#include "front/server.h"

static inline struct inbound *inbound_of(struct loop_event *event, size_t offset)
{
    struct inbound *inbound = (struct inbound *)((char *)event - offset);

    CHECK_MAGIC(inbound, INBOUND_MAGIC);
    return inbound;
}

static inline void inbound_start_batch(struct inbound *inbound, const grpc_op *ops, size_t count,
                                       struct loop_event *event)
{
    loop_start_batch(inbound->server->loop, inbound->call, ops, count, event);
}

// inbound.c. NULL: no memory; method NULL: an unknown one.
struct inbound *inbound_new(struct front_server *server, const struct inbound_method *method);
// It is there, with its headers, its deadline and its message: has it admitted and answered.
void inbound_begin(struct inbound *inbound);
// It ends when its reply is out and the client's end was seen.
void inbound_settle(struct inbound *inbound);

// inbound_watch.c
void inbound_watch_now(struct inbound *inbound);
grpc_op inbound_close_op(struct inbound *inbound);      // what watches
void inbound_closed(struct loop_event *event, bool ok); // the event of it
void inbound_forget_watch(struct inbound *inbound);     // takes it out of those that will be watched later

#endif
