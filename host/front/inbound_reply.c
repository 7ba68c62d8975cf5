// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Answering calls: the one batch that ends a call, and a stream's messages.
#include "front/inbound_inner.h"

#include <stdio.h>

#include <grpc/byte_buffer.h>
#include "front/asked.h"

// Of what a reply is made.
static void send_batch(struct inbound *inbound, const grpc_op *ops, size_t count)
{
    struct front_server *server = inbound->server;

    inbound->unread = UNREAD_CALL + (inbound->outgoing ? grpc_byte_buffer_length(inbound->outgoing) : 0);
    front_server_writing(server, inbound);
    inbound_start_batch(inbound, ops, count, &inbound->sent);
    if (unread_is_too_much(&server->unread))
        unread_cut(server);
}

static void on_finished(struct loop_event *event, bool ok)
{
    struct inbound *inbound = inbound_of(event, offsetof(struct inbound, sent));

    (void)ok;
    front_server_written(inbound->server, inbound);
    inbound->finished = true;
    inbound->closed_done |= !inbound->watched; // the reply's batch has watched
    inbound_settle(inbound);
}

// The last batch of a call. Who hasn't watched for the client's end: that goes along.
static void start_last_batch(struct inbound *inbound, grpc_op *ops, size_t count)
{
    inbound_forget_watch(inbound);
    inbound->sent.fn = on_finished;
    inbound->answered = true;
    if (!inbound->watched)
        ops[count++] = inbound_close_op(inbound);
    send_batch(inbound, ops, count);
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
    if (inbound->asked) {
        asked_answer(inbound, GRPC_STATUS_OK, "", message);
        return;
    }
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
    if (inbound->asked) {
        asked_answer(inbound, status, text, grpc_empty_slice());
        return;
    }
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

    inbound->cancelled = NULL;
    if (inbound->asked) {
        inbound->asked->refused = true;
        asked_answer(inbound, GRPC_STATUS_RESOURCE_EXHAUSTED, server->refusals[why], grpc_empty_slice());
        return;
    }
    front_server_answered(server, inbound, GRPC_STATUS_RESOURCE_EXHAUSTED);
    start_last_batch(inbound, ops, 2);
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
