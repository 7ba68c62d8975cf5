// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Calls that come by no connection of gRPC's.
#include "front/asked.h"

#include <stdio.h>
#include <stddef.h>

#include <inferd/status.h>
#include "front/inbound_inner.h"
#include "front/server.h"

static struct asked *of_job(struct loop_job *job)
{
    return (struct asked *)((char *)job - offsetof(struct asked, job));
}

static void fail(struct asked *asked, int status, const char *text)
{
    asked->status = status;
    snprintf(asked->text, sizeof(asked->text), "%s", text);
    asked->answered(asked);
}

void asked_end(struct asked *asked)
{
    struct front_server *server = asked->server;

    asked->explained = grpc_slice_ref(asked->inbound->explained);
    asked->answered(asked);
    front_server_call_ended(server);
}

void asked_answer(struct inbound *inbound, int status, const char *text, grpc_slice reply)
{
    struct asked *asked = inbound->asked;
    struct loop *loop = inbound->server->loop;
    bool late = asked->late && status == INFERD_CANCELLED;

    loop_timer_drop(loop, &asked->due);
    asked->status = late ? INFERD_DEADLINE_EXCEEDED : status;
    asked->reply = reply;
    snprintf(asked->text, sizeof(asked->text), "%s", late ? "the request's time ran out" : text);
    front_server_answered(inbound->server, inbound, asked->status);
    inbound_end(inbound);
}

static void on_due(struct loop_timer *timer)
{
    struct asked *asked = (struct asked *)((char *)timer - offsetof(struct asked, due));
    struct inbound *inbound = asked->inbound;
    void (*cancelled)(struct inbound *) = inbound->cancelled;

    inbound->cancelled = NULL;
    asked->late = true;
    if (cancelled)
        cancelled(inbound);
}

static void begin(struct loop_job *job)
{
    struct asked *asked = of_job(job);
    struct front_server *server = asked->server;
    struct inbound *inbound;

    if (server->stopped) {
        fail(asked, INFERD_UNAVAILABLE, "the server is stopping");
        return;
    }
    inbound = inbound_new(server, front_server_method(asked->form));
    if (!inbound) {
        fail(asked, INFERD_RESOURCE_EXHAUSTED, "no memory for the call");
        return;
    }
    asked->inbound = inbound;
    inbound->asked = asked;
    inbound->slice = grpc_slice_ref(asked->message);
    inbound->message = (struct inferd_bytes){GRPC_SLICE_START_PTR(inbound->slice), GRPC_SLICE_LENGTH(inbound->slice)};
    inbound->deadline_us = asked->deadline_us;
    inbound->arrived_us = loop_now_us(server->loop);
    asked->due.fn = on_due;
    if (asked->deadline_us != INT64_MAX)
        loop_timer_arm(server->loop, &asked->due, asked->deadline_us);
    inbound_begin(inbound);
}

void asked_post(struct asked *asked)
{
    asked->status = INFERD_OK;
    asked->refused = asked->late = false;
    asked->reply = asked->explained = grpc_empty_slice();
    asked->due.slot = 0;
    asked->job.fn = begin;
    loop_post(asked->server->loop, &asked->job);
}
