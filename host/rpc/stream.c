// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Streams: one batch waits for the headers, one for the next message, one for the end, and one sends, each with an
// event of its own. The stream is over once the end has come and no batch is left.
#include "rpc/stream.h"
#include <stddef.h>
#include <stdlib.h>
#include <grpc/slice.h>
#include <grpc/support/time.h>
#include "base/magic.h"
#include "rpc/pool.h"
#include "rpc/reply.h"

#define STREAM_MAGIC 0x53747265u

struct rpc_stream {
    uint32_t magic;
    struct loop_event began, received, sent, ended;
    struct rpc_method *method;
    grpc_call *grpc;
    struct rpc_stream_user user;
    unsigned batches; // under way
    bool sending, over;
    grpc_byte_buffer *message;
    grpc_slice_buffer waiting; // messages to send, a slice each
    struct reply reply;
    grpc_metadata_array headers, trailers;
    grpc_status_code status;
    grpc_slice detail;
};

#define STREAM_OF(pointer, member) ((struct rpc_stream *)((char *)(pointer)-offsetof(struct rpc_stream, member)))

static void start(struct rpc_stream *stream, const grpc_op *ops, size_t count, struct loop_event *event)
{
    if (grpc_call_start_batch(stream->grpc, ops, count, event, NULL) == GRPC_CALL_OK)
        stream->batches++;
    else
        grpc_call_cancel_with_status(stream->grpc, GRPC_STATUS_INTERNAL,
                                     "gRPC refuses the stream; is a header of it malformed?", NULL);
}

static void finish(struct rpc_stream *stream)
{
    struct inferd_bytes detail = {0};
    char *error = NULL;

    if (stream->status != GRPC_STATUS_OK)
        error = rpc_method_error(stream->method, GRPC_SLICE_START_PTR(stream->detail),
                                 GRPC_SLICE_LENGTH(stream->detail), &detail.len);
    detail.data = (const uint8_t *)error;
    grpc_call_unref(stream->grpc);
    stream->magic = 0;
    stream->user.on_end(stream->user.user, (int)stream->status, detail);
    free(error);
    rpc_method_close(stream->method);
    grpc_slice_unref(stream->detail);
    grpc_slice_buffer_destroy(&stream->waiting);
    grpc_byte_buffer_destroy(stream->message);
    grpc_metadata_array_destroy(&stream->headers);
    grpc_metadata_array_destroy(&stream->trailers);
    reply_drop(&stream->reply);
    free(stream);
}

// A batch has completed; the stream may be gone after it.
static void completed(struct rpc_stream *stream)
{
    if (--stream->batches == 0 && stream->over)
        finish(stream);
}

static void on_began(struct loop_event *event, bool ok)
{
    (void)ok; // where it failed, the end says why
    completed(STREAM_OF(event, began));
}

static void on_ended(struct loop_event *event, bool ok)
{
    struct rpc_stream *stream = STREAM_OF(event, ended);

    (void)ok;
    stream->over = true;
    completed(stream);
}

static void receive(struct rpc_stream *stream)
{
    grpc_op op = {.op = GRPC_OP_RECV_MESSAGE, .data.recv_message.recv_message = &stream->reply.buffer};

    start(stream, &op, 1, &stream->received);
}

static void on_received(struct loop_event *event, bool ok)
{
    struct rpc_stream *stream = STREAM_OF(event, received);
    struct inferd_bytes message;

    if (ok && stream->reply.buffer != NULL) {
        if (reply_bytes(&stream->reply, &message))
            stream->user.on_message(stream->user.user, message);
        else
            grpc_call_cancel_with_status(stream->grpc, GRPC_STATUS_RESOURCE_EXHAUSTED, "no memory for a message", NULL);
        reply_drop(&stream->reply);
        receive(stream); // where there will be no more, it completes without one
    }
    completed(stream);
}

static void send_next(struct rpc_stream *stream)
{
    grpc_op op = {.op = GRPC_OP_SEND_MESSAGE, .data.send_message.send_message = stream->message};

    if (stream->sending || stream->over || stream->waiting.count == 0)
        return;
    grpc_slice_buffer_add(&stream->message->data.raw.slice_buffer, grpc_slice_buffer_take_first(&stream->waiting));
    stream->sending = true;
    start(stream, &op, 1, &stream->sent);
}

static void on_sent(struct loop_event *event, bool ok)
{
    struct rpc_stream *stream = STREAM_OF(event, sent);

    stream->sending = false;
    if (ok)
        send_next(stream);
    completed(stream);
}

static struct rpc_stream *new_stream(struct rpc_method *method, const struct rpc_stream_user *user)
{
    struct rpc_stream *stream = calloc(1, sizeof(*stream));

    if (stream == NULL)
        return NULL;
    stream->magic = STREAM_MAGIC;
    stream->began.fn = on_began;
    stream->received.fn = on_received;
    stream->sent.fn = on_sent;
    stream->ended.fn = on_ended;
    stream->method = method;
    stream->user = *user;
    stream->message = grpc_raw_byte_buffer_create(NULL, 0);
    grpc_slice_buffer_init(&stream->waiting);
    grpc_metadata_array_init(&stream->headers);
    grpc_metadata_array_init(&stream->trailers);
    rpc_method_use(method);
    return stream;
}

struct rpc_stream *rpc_stream_open(struct rpc_method *method, const struct rpc_header *extra, size_t extra_count,
                                   const struct rpc_stream_user *user)
{
    grpc_metadata room[RPC_MAX_HEADERS + RPC_MAX_EXTRA];
    struct rpc_stream *stream;

    CHECK_MAGIC(method, RPC_METHOD_MAGIC);
    stream = new_stream(method, user);
    if (stream == NULL)
        return NULL;
    grpc_op begin[2] = {
        {.op = GRPC_OP_SEND_INITIAL_METADATA,
         .data.send_initial_metadata = {.count = method->header_count + extra_count,
                                        .metadata =
                                            (grpc_metadata *)rpc_headers_join(method, extra, extra_count, room)}},
        {.op = GRPC_OP_RECV_INITIAL_METADATA, .data.recv_initial_metadata.recv_initial_metadata = &stream->headers},
    };
    grpc_op end = {.op = GRPC_OP_RECV_STATUS_ON_CLIENT,
                   .data.recv_status_on_client = {.trailing_metadata = &stream->trailers,
                                                  .status = &stream->status,
                                                  .status_details = &stream->detail}};

    stream->grpc = grpc_channel_create_registered_call(method->channel->grpc, NULL, 0, loop_queue(method->pool->loop),
                                                       method->handle, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);
    start(stream, &end, 1, &stream->ended);
    start(stream, begin, 2, &stream->began);
    rpc_headers_drop(method, extra_count, room);
    receive(stream);
    return stream;
}

bool rpc_stream_send(struct rpc_stream *stream, uint8_t *message, size_t size)
{
    CHECK_MAGIC(stream, STREAM_MAGIC);
    if (stream->over) {
        rpc_message_drop(message);
        return false;
    }
    grpc_slice_buffer_add_indexed(&stream->waiting, rpc_message_slice(message, size));
    send_next(stream);
    return true;
}

void rpc_stream_cancel(struct rpc_stream *stream)
{
    CHECK_MAGIC(stream, STREAM_MAGIC);
    grpc_call_cancel(stream->grpc, NULL);
}
