// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// grpc.health.v1: SERVING once a first generation is there, NOT_SERVING when draining; "", "Predict" and "Inferflow"
// are the services known. A watch gets the state and each change of it.
#include <stdlib.h>
#include <string.h>

#include <inferd/status.h>
#include <inferd/wire.h>
#include "base/magic.h"
#include "front/methods.h"
#include "front/server.h"
#include "front/serving.h"

enum { SERVING = 1, NOT_SERVING = 2, SERVICE_UNKNOWN = 3 };

struct watch {
    struct watch *next, **link;
    struct inbound *inbound;
    bool known;   // the service
    bool sending; // a state is on its way
    bool ended;
    int told; // the last state sent
};

static struct watch *watches;

static bool read_service(struct inferd_bytes message, struct inferd_bytes *service)
{
    struct inferd_wire_reader reader = inferd_wire_read(message);
    struct inferd_wire_field field;

    *service = (struct inferd_bytes){NULL, 0};
    while (inferd_wire_next(&reader, &field))
        if (field.tag == INFERD_WIRE_TAG(1, INFERD_WIRE_BYTES))
            *service = field.bytes;
    return !reader.bad;
}

static bool is_known(struct inferd_bytes service)
{
    return service.len == 0 || inferd_bytes_equal(service, inferd_bytes_of("Predict")) ||
           inferd_bytes_equal(service, inferd_bytes_of("Inferflow"));
}

static int state_of(const struct inbound *inbound)
{
    const struct front_serving *serving = inbound->server->serving;

    return atomic_load(serving->ready) && !atomic_load(serving->draining) ? SERVING : NOT_SERVING;
}

static grpc_slice state_message(int state)
{
    const char message[2] = {INFERD_WIRE_TAG(1, INFERD_WIRE_VARINT), (char)state};

    return grpc_slice_from_copied_buffer(message, sizeof(message));
}

void health_check(struct inbound *inbound)
{
    struct inferd_bytes service;

    if (!read_service(inbound->message, &service))
        inbound_fail(inbound, INFERD_INVALID_ARGUMENT, "not a HealthCheckRequest");
    else if (!is_known(service))
        inbound_fail(inbound, INFERD_NOT_FOUND, "no such service: \"\", \"Predict\" and \"Inferflow\" are known");
    else
        inbound_reply(inbound, state_message(state_of(inbound)));
}

static void end_watch(struct watch *watch, int status, const char *text)
{
    *watch->link = watch->next;
    if (watch->next)
        watch->next->link = watch->link;
    inbound_fail(watch->inbound, status, text);
    free(watch);
}

static void tell(struct watch *watch, int state)
{
    watch->sending = true;
    watch->told = state;
    inbound_send(watch->inbound, state_message(state));
}

// Nothing is on its way.
static void go_on(struct watch *watch)
{
    int state = watch->known ? state_of(watch->inbound) : SERVICE_UNKNOWN;

    if (state != watch->told)
        tell(watch, state);
    else if (watch->inbound->server->draining)
        end_watch(watch, INFERD_UNAVAILABLE, "the server is going down");
}

static void told(struct inbound *inbound, bool fine)
{
    struct watch *watch = inbound->user;

    watch->sending = false;
    if (!fine || watch->ended)
        end_watch(watch, INFERD_CANCELLED, "the client is gone");
    else
        go_on(watch);
}

static void cancelled(struct inbound *inbound)
{
    struct watch *watch = inbound->user;

    watch->ended = true;
    if (!watch->sending)
        end_watch(watch, INFERD_CANCELLED, "the client is gone");
}

static void received(struct inbound *inbound, bool more, struct inferd_bytes message)
{
    struct watch *watch = inbound->user;
    struct inferd_bytes service;

    if (watch->ended) {
        end_watch(watch, INFERD_CANCELLED, "the client is gone");
        return;
    }
    watch->sending = false;
    if (!more || !read_service(message, &service)) {
        end_watch(watch, INFERD_INVALID_ARGUMENT, "not a HealthCheckRequest");
        return;
    }
    watch->known = is_known(service);
    tell(watch, watch->known ? state_of(inbound) : SERVICE_UNKNOWN);
}

void health_watch(struct inbound *inbound)
{
    struct watch *watch = calloc(1, sizeof(*watch));

    if (!watch) {
        inbound_fail(inbound, INFERD_RESOURCE_EXHAUSTED, "no memory for the watch");
        return;
    }
    watch->inbound = inbound;
    watch->next = watches;
    watch->link = &watches;
    if (watches)
        watches->link = &watch->next;
    watches = watch;
    watch->sending = true; // receiving, for that matter
    inbound->user = watch;
    inbound->cancelled = cancelled;
    inbound->on_received = received;
    inbound->on_sent = told;
    inbound_receive(inbound);
}

void health_changed(void)
{
    struct watch *next;

    for (struct watch *watch = watches; watch; watch = next) {
        next = watch->next;
        if (!watch->sending)
            go_on(watch);
    }
}
