// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Inbound gRPC calls: asked of gRPC, handed over to their methods, and gone.
#include "front/inbound_inner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <grpc/byte_buffer.h>
#include "base/clock.h"
#include "front/call_fd.h"
#include "front/unpack.h"
#include <inferd/status.h>
#include "metrics/metrics.h"

#define IDLE_CALLS 1024

static void free_inbound(struct inbound *inbound)
{
    struct front_server *server = inbound->server;

    if (inbound->call)
        grpc_call_unref(inbound->call);
    if (inbound->payload)
        grpc_byte_buffer_destroy(inbound->payload);
    if (inbound->incoming)
        grpc_byte_buffer_destroy(inbound->incoming);
    if (inbound->outgoing)
        grpc_byte_buffer_destroy(inbound->outgoing);
    grpc_slice_unref(inbound->slice);
    grpc_slice_unref(inbound->explained);
    grpc_metadata_array_destroy(&inbound->metadata);
    if (!inbound->method)
        grpc_call_details_destroy(&inbound->details);
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
    if (inbound->payload)
        grpc_byte_buffer_destroy(inbound->payload);
    inbound->payload = NULL;
    grpc_slice_unref(inbound->slice);
    inbound->slice = grpc_empty_slice();
    inbound->message = (struct inferd_bytes){NULL, 0};
}

void inbound_settle(struct inbound *inbound)
{
    struct front_server *server = inbound->server;

    if (!inbound->finished || !inbound->closed_done)
        return;
    free_inbound(inbound);
    front_server_call_ended(server);
}

// A status with a message in error: it can't be read.
static int read_message(struct inbound *inbound, const grpc_byte_buffer *buffer, struct inferd_bytes *message,
                        char *error, size_t size)
{
    int status;

    grpc_slice_unref(inbound->slice);
    status = unpack_message(buffer, inbound->server->max_message, &inbound->slice, error, size);
    if (status == INFERD_OK)
        *message = (struct inferd_bytes){GRPC_SLICE_START_PTR(inbound->slice), GRPC_SLICE_LENGTH(inbound->slice)};
    else
        metrics_add(METRICS_REQUESTS_NOT_UNPACKED, 1);
    return status;
}

static void on_received(struct loop_event *event, bool ok)
{
    struct inbound *inbound = inbound_of(event, offsetof(struct inbound, received));
    struct inferd_bytes message = {NULL, 0};
    char error[160];
    bool more = ok && inbound->incoming &&
                read_message(inbound, inbound->incoming, &message, error, sizeof(error)) == INFERD_OK;

    if (inbound->incoming)
        grpc_byte_buffer_destroy(inbound->incoming);
    inbound->incoming = NULL;
    inbound->on_received(inbound, more, message);
}

static int64_t deadline_of(gpr_timespec deadline)
{
    gpr_timespec left;

    if (gpr_time_cmp(deadline, gpr_inf_future(deadline.clock_type)) == 0)
        return INT64_MAX;
    left = gpr_time_sub(deadline, gpr_now(deadline.clock_type));
    return clock_now_us() + left.tv_sec * 1000000 + left.tv_nsec / 1000;
}

static void start(struct inbound *inbound)
{
    char error[160];
    int status = INFERD_OK;

    if (inbound->method->stream)
        inbound_watch_now(inbound);
    if (inbound->payload)
        status = read_message(inbound, inbound->payload, &inbound->message, error, sizeof(error));
    if (status == INFERD_OK)
        inbound->method->start(inbound);
    else
        inbound_fail(inbound, status, error);
}

// On a connection beyond the limit, of which health checks have the use.
static bool is_out_of_place(const struct inbound *inbound)
{
    return !inbound->method->health && inbound->call && spare_any(&inbound->server->spare) &&
           spare_has(&inbound->server->spare, front_call_fd(inbound->call));
}

static void refuse_out_of_place(struct inbound *inbound)
{
    metrics_add(METRICS_REFUSED_SPARE, 1);
    if (inbound->method->stream)
        inbound_watch_now(inbound);
    inbound_fail(inbound, GRPC_STATUS_RESOURCE_EXHAUSTED,
                 "too many connections: there are as many as --max-connections, and beyond them only grpc.health.v1 is "
                 "answered; connect again later, or elsewhere");
}

void inbound_begin(struct inbound *inbound)
{
    struct front_server *server = inbound->server;

    front_server_call_began(server);
    inbound->arrived_us = loop_now_us(server->loop);
    if (is_out_of_place(inbound))
        refuse_out_of_place(inbound);
    else if (inbound->method->runs && admission_is_full(&server->admission, inbound->arrived_us))
        inbound_refuse(inbound, ADMISSION_FULL);
    else
        start(inbound);
    if (inbound->answered)
        inbound_drop_message(inbound);
}

static void refuse_unknown(struct inbound *inbound)
{
    int len = (int)GRPC_SLICE_LENGTH(inbound->details.method);
    char text[256];

    front_server_call_began(inbound->server);
    metrics_add(METRICS_REQUESTS_UNKNOWN_METHOD, 1);
    snprintf(text, sizeof(text), "unknown method %.*s", len > 200 ? 200 : len,
             (const char *)GRPC_SLICE_START_PTR(inbound->details.method));
    inbound_fail(inbound, GRPC_STATUS_UNIMPLEMENTED, text);
}

static void on_arrived(struct loop_event *event, bool ok)
{
    struct inbound *inbound = inbound_of(event, offsetof(struct inbound, arrived));

    if (!ok) { // the server is going down
        free_inbound(inbound);
        return;
    }
    inbound_expect(inbound->server, inbound->method, inbound->registered);
    if (!inbound->method) {
        refuse_unknown(inbound);
        return;
    }
    inbound->deadline_us = deadline_of(inbound->deadline);
    inbound_begin(inbound);
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
    memset(inbound, 0, offsetof(struct inbound, status_text));
    inbound->user = NULL;
    inbound->cancelled = NULL;
    inbound->on_received = NULL;
    inbound->on_sent = NULL;
    inbound->magic = INBOUND_MAGIC;
    inbound->server = server;
    inbound->method = method;
    inbound->arrived.fn = on_arrived;
    inbound->closed.fn = inbound_closed;
    inbound->received.fn = on_received;
    inbound->slice = grpc_empty_slice();
    inbound->explained = grpc_empty_slice();
    grpc_metadata_array_init(&inbound->metadata);
    return inbound;
}

bool inbound_expect(struct front_server *server, const struct inbound_method *method, void *registered)
{
    grpc_completion_queue *queue = loop_queue(server->loop);
    struct inbound *inbound;
    grpc_call_error error;

    if (server->closing)
        return true;
    inbound = inbound_new(server, method);
    if (!inbound)
        return false;
    inbound->registered = registered;
    if (method) {
        error = grpc_server_request_registered_call(server->server, registered, &inbound->call, &inbound->deadline,
                                                    &inbound->metadata, method->stream ? NULL : &inbound->payload,
                                                    queue, queue, &inbound->arrived);
    } else {
        grpc_call_details_init(&inbound->details);
        error = grpc_server_request_call(server->server, &inbound->call, &inbound->details, &inbound->metadata, queue,
                                         queue, &inbound->arrived);
    }
    ALWAYS(error == GRPC_CALL_OK);
    return true;
}

bool inbound_header(const struct inbound *inbound, const char *name, struct inferd_bytes *value)
{
    const size_t len = strlen(name);

    for (size_t i = 0; i < inbound->metadata.count; i++)
        if (GRPC_SLICE_LENGTH(inbound->metadata.metadata[i].key) == len &&
            memcmp(GRPC_SLICE_START_PTR(inbound->metadata.metadata[i].key), name, len) == 0) {
            value->data = GRPC_SLICE_START_PTR(inbound->metadata.metadata[i].value);
            value->len = GRPC_SLICE_LENGTH(inbound->metadata.metadata[i].value);
            return true;
        }
    return false;
}

void inbound_receive(struct inbound *inbound)
{
    grpc_op op = {.op = GRPC_OP_RECV_MESSAGE};

    op.data.recv_message.recv_message = &inbound->incoming;
    inbound_start_batch(inbound, &op, 1, &inbound->received);
}
