// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Inbound gRPC calls: handing them over, replying, seeing the client's end.
#include "front/inbound.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <grpc/byte_buffer.h>
#include "base/clock.h"
#include "base/magic.h"
#include "front/server.h"
#include "front/unpack.h"
#include <inferd/status.h>
#include "metrics/metrics.h"

#define IDLE_CALLS 1024
#define UNWATCHED_US 10000 // a client that goes away within so long after its call may be noticed after it

static struct inbound *inbound_of(struct loop_event *event, size_t offset)
{
    struct inbound *inbound = (struct inbound *)((char *)event - offset);

    CHECK_MAGIC(inbound, INBOUND_MAGIC);
    return inbound;
}

static void start_batch(struct inbound *inbound, const grpc_op *ops, size_t count, struct loop_event *event)
{
    loop_start_batch(inbound->server->loop, inbound->call, ops, count, event);
}

// Of what a reply is made.
static void send_batch(struct inbound *inbound, const grpc_op *ops, size_t count)
{
    front_server_writing(inbound->server, inbound);
    start_batch(inbound, ops, count, &inbound->sent);
}

// Takes it out of those that will be watched later.
static void forget_unwatched(struct inbound *inbound)
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

// A call ends when its reply is out and the client's end was seen.
static void settle(struct inbound *inbound)
{
    struct front_server *server = inbound->server;

    if (!inbound->finished || !inbound->closed_done)
        return;
    free_inbound(inbound);
    front_server_call_ended(server);
}

static void on_closed(struct loop_event *event, bool ok)
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
    settle(inbound);
}

static void on_finished(struct loop_event *event, bool ok)
{
    struct inbound *inbound = inbound_of(event, offsetof(struct inbound, sent));

    (void)ok;
    front_server_written(inbound->server, inbound);
    inbound->finished = true;
    inbound->closed_done |= !inbound->watched; // the reply's batch has watched
    settle(inbound);
}

static void on_sent(struct loop_event *event, bool ok)
{
    struct inbound *inbound = inbound_of(event, offsetof(struct inbound, sent));

    front_server_written(inbound->server, inbound);
    grpc_byte_buffer_destroy(inbound->outgoing);
    inbound->outgoing = NULL;
    if (inbound->on_sent)
        inbound->on_sent(inbound, ok);
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

static grpc_op close_op(struct inbound *inbound)
{
    grpc_op op = {.op = GRPC_OP_RECV_CLOSE_ON_SERVER};

    op.data.recv_close_on_server.cancelled = &inbound->was_cancelled;
    return op;
}

static void watch(struct inbound *inbound)
{
    grpc_op op = close_op(inbound);

    inbound->watched = true;
    start_batch(inbound, &op, 1, &inbound->closed);
}

static void watch_the_old(struct loop_timer *timer)
{
    struct front_server *server = (struct front_server *)((char *)timer - offsetof(struct front_server, look));
    int64_t now_us = loop_now_us(server->loop);

    while (server->unwatched && server->unwatched->arrived_us + UNWATCHED_US <= now_us) {
        struct inbound *inbound = server->unwatched;

        forget_unwatched(inbound);
        watch(inbound);
    }
    if (server->unwatched)
        loop_timer_arm(server->loop, timer, server->unwatched->arrived_us + UNWATCHED_US);
}

// To watch for a client's end is a batch of its own, which most calls are answered too soon for.
void inbound_watch(struct inbound *inbound)
{
    struct front_server *server = inbound->server;

    server->look.fn = watch_the_old;
    if (!server->unwatched && !loop_timer_arm(server->loop, &server->look, inbound->arrived_us + UNWATCHED_US)) {
        watch(inbound);
        return;
    }
    inbound->unwatched_at = server->last_unwatched;
    *inbound->unwatched_at = inbound;
    inbound->next_unwatched = NULL;
    server->last_unwatched = &inbound->next_unwatched;
}

// The last batch of a call. Who hasn't watched for the client's end: that goes along.
static void start_last_batch(struct inbound *inbound, grpc_op *ops, size_t count)
{
    forget_unwatched(inbound);
    inbound->sent.fn = on_finished;
    inbound->answered = true;
    if (!inbound->watched)
        ops[count++] = close_op(inbound);
    send_batch(inbound, ops, count);
}

static int64_t deadline_of(gpr_timespec deadline)
{
    gpr_timespec left;

    if (gpr_time_cmp(deadline, gpr_inf_future(deadline.clock_type)) == 0)
        return INT64_MAX;
    left = gpr_time_sub(deadline, gpr_now(deadline.clock_type));
    return clock_now_us() + left.tv_sec * 1000000 + left.tv_nsec / 1000;
}

static void on_arrived(struct loop_event *event, bool ok)
{
    struct inbound *inbound = inbound_of(event, offsetof(struct inbound, arrived));
    struct front_server *server = inbound->server;
    char error[160];
    int status;

    if (!ok) { // the server is going down
        free_inbound(inbound);
        return;
    }
    front_server_call_began(server);
    inbound_expect(server, inbound->method, inbound->registered);
    inbound->arrived_us = loop_now_us(server->loop);
    if (!inbound->method) {
        char text[256];
        int len = (int)GRPC_SLICE_LENGTH(inbound->details.method);

        metrics_add(METRICS_REQUESTS_UNKNOWN_METHOD, 1);
        snprintf(text, sizeof(text), "unknown method %.*s", len > 200 ? 200 : len,
                 (const char *)GRPC_SLICE_START_PTR(inbound->details.method));
        inbound_fail(inbound, GRPC_STATUS_UNIMPLEMENTED, text);
        return;
    }
    if (inbound->method->runs && admission_is_full(&server->admission, inbound->arrived_us)) {
        inbound_refuse(inbound, ADMISSION_FULL);
        return;
    }
    inbound->deadline_us = deadline_of(inbound->deadline);
    if (inbound->method->stream)
        watch(inbound);
    status =
        inbound->payload ? read_message(inbound, inbound->payload, &inbound->message, error, sizeof(error)) : INFERD_OK;
    if (status == INFERD_OK)
        inbound->method->start(inbound);
    else
        inbound_fail(inbound, status, error);
}

static struct inbound *new_inbound(struct front_server *server)
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
    inbound->arrived.fn = on_arrived;
    inbound->closed.fn = on_closed;
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
    inbound = new_inbound(server);
    if (!inbound)
        return false;
    inbound->method = method;
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

static void add_trailer(const struct inbound *inbound, grpc_op *op, grpc_metadata *trailer)
{
    if (GRPC_SLICE_LENGTH(inbound->explained) == 0)
        return;
    *trailer = (grpc_metadata){.key = grpc_slice_from_static_string("inferd-explain-bin"), .value = inbound->explained};
    op->data.send_status_from_server.trailing_metadata = trailer;
    op->data.send_status_from_server.trailing_metadata_count = 1;
}

void inbound_reply(struct inbound *inbound, grpc_slice message)
{
    grpc_op ops[4] = {
        {.op = GRPC_OP_SEND_INITIAL_METADATA}, {.op = GRPC_OP_SEND_MESSAGE}, {.op = GRPC_OP_SEND_STATUS_FROM_SERVER}};
    grpc_metadata trailer;

    inbound->cancelled = NULL;
    inbound->outgoing = grpc_raw_byte_buffer_create(&message, 1);
    grpc_slice_unref(message);
    ops[1].data.send_message.send_message = inbound->outgoing;
    ops[2].data.send_status_from_server.status = GRPC_STATUS_OK;
    add_trailer(inbound, &ops[2], &trailer);
    front_server_answered(inbound->server, inbound, GRPC_STATUS_OK);
    start_last_batch(inbound, ops, 3);
}

void inbound_fail(struct inbound *inbound, int status, const char *text)
{
    grpc_op ops[3] = {{.op = GRPC_OP_SEND_STATUS_FROM_SERVER}, {.op = GRPC_OP_SEND_INITIAL_METADATA}};
    grpc_metadata trailer;
    grpc_slice details;

    inbound->cancelled = NULL;
    snprintf(inbound->status_text, sizeof(inbound->status_text), "%s", text);
    details = grpc_slice_from_copied_string(inbound->status_text);
    ops[0].data.send_status_from_server.status = (grpc_status_code)status;
    ops[0].data.send_status_from_server.status_details = *inbound->status_text ? &details : NULL;
    add_trailer(inbound, &ops[0], &trailer);
    if (inbound->method && !inbound->method->stream)
        front_server_answered(inbound->server, inbound, status);
    start_last_batch(inbound, ops, inbound->greeted ? 1 : 2);
    grpc_slice_unref(details);
}

void inbound_refuse(struct inbound *inbound, enum admission_answer why)
{
    struct front_server *server = inbound->server;
    grpc_metadata hint = {.key = grpc_slice_from_static_string("grpc-retry-pushback-ms"),
                          .value = grpc_slice_from_static_string(server->retry_hint)};
    grpc_slice details = grpc_slice_from_static_string(server->refusals[why]);
    grpc_op ops[3] = {{.op = GRPC_OP_SEND_INITIAL_METADATA},
                      {.op = GRPC_OP_SEND_STATUS_FROM_SERVER,
                       .data.send_status_from_server = {.trailing_metadata_count = 1,
                                                        .trailing_metadata = &hint,
                                                        .status = GRPC_STATUS_RESOURCE_EXHAUSTED,
                                                        .status_details = &details}}};

    front_server_answered(server, inbound, GRPC_STATUS_RESOURCE_EXHAUSTED);
    start_last_batch(inbound, ops, 2);
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
    start_batch(inbound, &op, 1, &inbound->received);
}

void inbound_send(struct inbound *inbound, grpc_slice message)
{
    grpc_op ops[2] = {{.op = GRPC_OP_SEND_MESSAGE}, {.op = GRPC_OP_SEND_INITIAL_METADATA}};

    inbound->outgoing = grpc_raw_byte_buffer_create(&message, 1);
    grpc_slice_unref(message);
    ops[0].data.send_message.send_message = inbound->outgoing;
    inbound->sent.fn = on_sent;
    send_batch(inbound, ops, inbound->greeted ? 1 : 2);
    inbound->greeted = true;
}
