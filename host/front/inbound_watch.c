// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Seeing the client's end. To watch for it is a batch of its own, which most calls are answered too soon for: those are
// watched with their reply, the others when they have taken some time.
#include "front/inbound_inner.h"

#define UNWATCHED_US 10000 // a client that goes away within so long after its call may be noticed after it

// Takes it out of those that will be watched later.
void inbound_forget_watch(struct inbound *inbound)
{
    struct front_server *server = inbound->server;

    if (!inbound->unwatched_at)
        return;
    *inbound->unwatched_at = inbound->next_unwatched;
    if (inbound->next_unwatched)
        inbound->next_unwatched->unwatched_at = inbound->unwatched_at;
    else
        server->last_unwatched = inbound->unwatched_at;
    inbound->unwatched_at = NULL;
    if (!server->unwatched)
        loop_timer_drop(server->loop, &server->look);
}

void inbound_closed(struct loop_event *event, bool ok)
{
    struct inbound *inbound = inbound_of(event, offsetof(struct inbound, closed));

    (void)ok;
    inbound->closed_done = true;
    if (inbound->was_cancelled && !inbound->finished && inbound->cancelled) {
        void (*cancelled)(struct inbound *) = inbound->cancelled;

        inbound->cancelled = NULL;
        cancelled(inbound);
        return; // the method's reply, which follows, settles it
    }
    inbound_settle(inbound);
}

grpc_op inbound_close_op(struct inbound *inbound)
{
    grpc_op op = {.op = GRPC_OP_RECV_CLOSE_ON_SERVER};

    op.data.recv_close_on_server.cancelled = &inbound->was_cancelled;
    return op;
}

void inbound_watch_now(struct inbound *inbound)
{
    grpc_op op = inbound_close_op(inbound);

    inbound->watched = true;
    inbound_start_batch(inbound, &op, 1, &inbound->closed);
}

static void watch_the_old(struct loop_timer *timer)
{
    struct front_server *server = (struct front_server *)((char *)timer - offsetof(struct front_server, look));
    int64_t now_us = loop_now_us(server->loop);

    while (server->unwatched && server->unwatched->arrived_us + UNWATCHED_US <= now_us) {
        struct inbound *inbound = server->unwatched;

        inbound_forget_watch(inbound);
        inbound_watch_now(inbound);
    }
    if (server->unwatched)
        loop_timer_arm(server->loop, timer, server->unwatched->arrived_us + UNWATCHED_US);
}

void inbound_watch(struct inbound *inbound)
{
    struct front_server *server = inbound->server;

    if (inbound->watched || inbound->unwatched_at || inbound->asked)
        return;
    server->look.fn = watch_the_old;
    if (!server->unwatched && !loop_timer_arm(server->loop, &server->look, inbound->arrived_us + UNWATCHED_US)) {
        inbound_watch_now(inbound);
        return;
    }
    inbound->unwatched_at = server->last_unwatched;
    *inbound->unwatched_at = inbound;
    inbound->next_unwatched = NULL;
    server->last_unwatched = &inbound->next_unwatched;
}
