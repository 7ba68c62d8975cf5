// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Inbound calls: handed over to their methods, and gone.
#include "front/inbound_inner.h"

#include <stdlib.h>
#include <string.h>

#include <inferd/status.h>
#include "base/magic.h"
#include "front/asked.h"
#include "front/server.h"
#include "front/session.h"
#include "metrics/metrics.h"

#define IDLE_CALLS 1024

static void free_inbound(struct inbound *inbound)
{
    struct front_server *server = inbound->server;

    CHECK_MAGIC(inbound, INBOUND_MAGIC);
    grpc_slice_unref(inbound->slice);
    grpc_slice_unref(inbound->explained);
    inbound->magic = 0;
    if (server->idle_count < IDLE_CALLS) {
        inbound->next_idle = server->idle;
        server->idle = inbound;
        server->idle_count++;
    } else {
        free(inbound);
    }
}

void inbound_drop_message(struct inbound *inbound)
{
    grpc_slice_unref(inbound->slice);
    inbound->slice = grpc_empty_slice();
    inbound->message = (struct inferd_bytes){NULL, 0};
}

void inbound_end(struct inbound *inbound)
{
    struct front_server *server = inbound->server;

    inbound->answered = true;
    inbound->next_idle = server->answered;
    server->answered = inbound;
    if (!inbound->next_idle)
        loop_defer(server->loop, &server->reap);
}

void inbound_reap(struct front_server *server)
{
    struct inbound *inbound = server->answered;

    server->answered = NULL;
    while (inbound) {
        struct inbound *next = inbound->next_idle;

        if (inbound->asked)
            asked_end(inbound->asked);
        else
            session_forget(inbound->stream);
        free_inbound(inbound);
        inbound = next;
    }
}

static void refuse_out_of_place(struct inbound *inbound)
{
    metrics_add(METRICS_REFUSED_SPARE, 1);
    inbound_fail(inbound, INFERD_RESOURCE_EXHAUSTED,
                 "too many connections: there are as many as --max-connections, and beyond them only grpc.health.v1 is "
                 "answered; connect again later, or elsewhere");
}

void inbound_begin(struct inbound *inbound)
{
    struct front_server *server = inbound->server;

    front_server_call_began(server);
    if (!inbound->method->health && inbound->stream && session_is_health_only(inbound->stream))
        refuse_out_of_place(inbound);
    else if (inbound->method->runs && admission_is_full(&server->admission, inbound->arrived_us))
        inbound_refuse(inbound, ADMISSION_FULL);
    else
        inbound->method->start(inbound);
    if (inbound->answered)
        inbound_drop_message(inbound);
}

struct inbound *inbound_new(struct front_server *server, const struct inbound_method *method)
{
    struct inbound *inbound = server->idle;

    if (inbound) {
        server->idle = inbound->next_idle;
        server->idle_count--;
    } else {
        inbound = malloc(sizeof(*inbound));
        if (!inbound)
            return NULL;
    }
    *inbound = (struct inbound){.magic = INBOUND_MAGIC,
                                .server = server,
                                .method = method,
                                .slice = grpc_empty_slice(),
                                .explained = grpc_empty_slice(),
                                .deadline_us = INT64_MAX};
    return inbound;
}

uint32_t inbound_headers(const struct inbound *inbound, const char *name, struct inferd_bytes *values, uint32_t room)
{
    const struct asked *asked = inbound->asked;
    uint32_t count = 0;

    if (!asked)
        return session_headers(inbound->stream, name, values, room);
    for (size_t i = 0; i < asked->header_count && count < room; i++)
        if (strcmp(asked->headers[i].name, name) == 0)
            values[count++] = inferd_bytes_of(asked->headers[i].value);
    return count;
}

void inbound_receive(struct inbound *inbound)
{
    session_receive(inbound->stream);
}
