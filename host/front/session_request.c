// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Requests: headers, then messages. What can't be a call is answered with the first fault that it has.
#include "front/session_inner.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <inferd/status.h>
#include "metrics/metrics.h"

#define LARGE (64 << 10) // bytes of a message

static struct session_stream *stream_of(nghttp2_session *http2, int32_t id)
{
    return nghttp2_session_get_stream_user_data(http2, id);
}

void session_fault(struct session_stream *stream, int status, const char *format, ...)
{
    va_list args;

    if (*stream->fault)
        return;
    stream->fault_status = status;
    va_start(args, format);
    vsnprintf(stream->fault, sizeof(stream->fault), format, args);
    va_end(args);
    stream->arrived = true;
    session_tell(stream);
}

static int on_begin(nghttp2_session *http2, const nghttp2_frame *frame, void *user)
{
    struct session *session = user;
    struct session_stream *stream;

    if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST)
        return 0;
    stream = session_stream_new(session->server);
    if (!stream)
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE; // which resets the stream
    memset(stream, 0, offsetof(struct session_stream, fault));
    *stream->fault = *stream->path = '\0';
    stream->session = session;
    stream->id = frame->hd.stream_id;
    stream->headers = stream->own;
    stream->headers_room = sizeof(stream->own);
    stream->timeout_us = INT64_MAX;
    stream->message = grpc_empty_slice();
    stream->reply = grpc_empty_slice();
    stream->at = &session->streams;
    stream->next = session->streams;
    if (stream->next)
        stream->next->at = &stream->next;
    session->streams = stream;
    nghttp2_session_set_stream_user_data(http2, stream->id, stream);
    return 0;
}

static int on_header(nghttp2_session *http2, const nghttp2_frame *frame, const uint8_t *name, size_t name_len,
                     const uint8_t *value, size_t len, uint8_t flags, void *user)
{
    struct session_stream *stream = stream_of(http2, frame->hd.stream_id);

    (void)flags;
    (void)user;
    // Trailers, which no client of gRPC's sends, are of no use.
    if (!stream || frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST)
        return 0;
    return session_take_header(stream, name, name_len, value, len);
}

// Its headers are whole.
static void take_head(struct session_stream *stream)
{
    const struct front_server *server = stream->session->server;

    if (stream->headers_whole > server->max_header)
        session_fault(stream, INFERD_RESOURCE_EXHAUSTED, "received metadata larger than max (%zu vs. %u)",
                      stream->headers_whole, server->max_header);
    else if (stream->bad_header)
        session_fault(stream, INFERD_INTERNAL, "a header has a byte that none may have");
    else if (!stream->is_post)
        session_fault(stream, INFERD_INTERNAL, "not a POST, which gRPC's calls are");
    else if (!stream->is_grpc)
        session_fault(stream, INFERD_INTERNAL, "the content-type isn't application/grpc");
    else if (stream->bad_timeout)
        session_fault(stream, INFERD_INTERNAL, "grpc-timeout isn't up to 8 digits and one of H, M, S, m, u, n");
    else if (stream->odd_packing)
        session_fault(stream, INFERD_UNIMPLEMENTED,
                      "the grpc-encoding is none of those in grpc-accept-encoding: identity, deflate, gzip");
    stream->method = front_server_method_at(stream->path);
    if (!stream->method || stream->method->stream) {
        stream->arrived = true;
        session_tell(stream);
    }
}

// gRPC's own memory ends the process where there is none. False: there is none for a large one.
static bool make_message(struct session_stream *stream, size_t size)
{
    void *large = size > LARGE ? malloc(size) : NULL;

    if (size > LARGE && !large)
        return false;
    stream->message = large ? grpc_slice_new(large, size, free) : grpc_slice_malloc(size);
    return true;
}

// The message's prefix is whole. It is believed as far as it is within the limit: what isn't written to costs nothing.
static void begin_message(struct session_stream *stream)
{
    const uint8_t *prefix = stream->prefix;
    size_t size = framing_size(prefix);
    size_t most = stream->session->server->max_message;

    stream->has_message = true;
    stream->packed = prefix[0] == 1;
    if (prefix[0] > 1)
        session_fault(stream, INFERD_INTERNAL, "a message begins with %u, which is neither compressed nor not",
                      prefix[0]);
    else if (stream->packed && !stream->may_pack)
        session_fault(stream, INFERD_INTERNAL, "a message is compressed, but there is no grpc-encoding");
    else if (size > most)
        session_fault(stream, INFERD_RESOURCE_EXHAUSTED, "received message larger than max (%zu vs. %zu)", size, most);
    else if (!make_message(stream, size))
        session_fault(stream, INFERD_RESOURCE_EXHAUSTED, "no memory for a message of %zu bytes", size);
}

static bool is_whole(const struct session_stream *stream)
{
    return stream->has_message && stream->got == GRPC_SLICE_LENGTH(stream->message);
}

// Of a unary call: one message; what follows it is dropped.
static void take_message(struct session_stream *stream, const uint8_t *data, size_t len)
{
    while (len > 0 && !stream->has_message) {
        stream->prefix[stream->prefix_len++] = *data++;
        len--;
        if (stream->prefix_len == FRAMING_PREFIX)
            begin_message(stream);
    }
    if (stream->arrived || !stream->has_message)
        return;
    if (len > GRPC_SLICE_LENGTH(stream->message) - stream->got)
        len = GRPC_SLICE_LENGTH(stream->message) - stream->got;
    memcpy(GRPC_SLICE_START_PTR(stream->message) + stream->got, data, len);
    stream->got += len;
    if (is_whole(stream)) {
        stream->arrived = true;
        session_tell(stream);
    }
}

// Of a stream: kept until it is received, which the windows bound, of all together that of the connection. False: no
// memory.
static bool keep_waiting(struct session_stream *stream, const uint8_t *data, size_t len)
{
    if (stream->waiting_at > stream->waiting_len) { // seldom enough for many small ones
        memcpy(stream->waiting, stream->waiting + stream->waiting_at, stream->waiting_len);
        stream->waiting_at = 0;
    }
    if (stream->waiting_at + stream->waiting_len + len > stream->waiting_room) {
        size_t room = 2 * stream->waiting_room + len;
        uint8_t *waiting = realloc(stream->waiting, room);

        if (!waiting)
            return false;
        stream->waiting = waiting;
        stream->waiting_room = room;
    }
    memcpy(stream->waiting + stream->waiting_at + stream->waiting_len, data, len);
    stream->waiting_len += len;
    session_tell(stream);
    return true;
}

static int on_data(nghttp2_session *http2, uint8_t flags, int32_t id, const uint8_t *data, size_t len, void *user)
{
    struct session_stream *stream = stream_of(http2, id);

    (void)flags;
    (void)user;
    if (stream && stream->method && stream->method->stream && !*stream->fault) {
        if (!keep_waiting(stream, data, len))
            nghttp2_submit_rst_stream(http2, NGHTTP2_FLAG_NONE, id, NGHTTP2_INTERNAL_ERROR);
        return 0; // once it was received
    }
    if (stream && stream->method && !stream->arrived)
        take_message(stream, data, len);
    return nghttp2_session_consume(http2, id, len);
}

static void end_request(struct session_stream *stream)
{
    stream->ended_in = true;
    if (stream->method && stream->method->stream) {
        session_tell(stream);
        return;
    }
    if (stream->arrived)
        return;
    if (stream->prefix_len > 0)
        session_fault(stream, INFERD_INTERNAL, "the request ends within its message");
    stream->arrived = true;
    session_tell(stream);
}

static int on_frame(nghttp2_session *http2, const nghttp2_frame *frame, void *user)
{
    struct session_stream *stream;

    (void)user;
    if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA)
        return 0;
    stream = stream_of(http2, frame->hd.stream_id);
    if (!stream)
        return 0;
    if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST)
        take_head(stream);
    if (frame->hd.flags & NGHTTP2_FLAG_END_STREAM)
        end_request(stream);
    return 0;
}

static int on_close(nghttp2_session *http2, int32_t id, uint32_t code, void *user)
{
    struct session_stream *stream = stream_of(http2, id);

    (void)code;
    (void)user;
    if (stream)
        session_close_stream(stream);
    return 0;
}

static void count_sent(const nghttp2_frame *frame)
{
    if (frame->hd.type == NGHTTP2_RST_STREAM)
        metrics_add(METRICS_REFUSED_STREAMS, frame->rst_stream.error_code == NGHTTP2_REFUSED_STREAM);
    else if (frame->hd.type == NGHTTP2_GOAWAY && frame->goaway.error_code == NGHTTP2_ENHANCE_YOUR_CALM)
        metrics_add(METRICS_CONNECTIONS_CUT_FLOOD, 1);
    else if (frame->hd.type == NGHTTP2_GOAWAY)
        metrics_add(METRICS_CONNECTIONS_CUT_RULES, frame->goaway.error_code != NGHTTP2_NO_ERROR);
}

// The client needn't go on with a request that was answered before its end.
static int on_sent(nghttp2_session *http2, const nghttp2_frame *frame, void *user)
{
    const struct session_stream *stream;

    (void)user;
    count_sent(frame);
    if ((frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA) ||
        !(frame->hd.flags & NGHTTP2_FLAG_END_STREAM))
        return 0;
    stream = stream_of(http2, frame->hd.stream_id);
    if (stream && !stream->ended_in)
        return nghttp2_submit_rst_stream(http2, NGHTTP2_FLAG_NONE, stream->id, NGHTTP2_NO_ERROR);
    return 0;
}

nghttp2_session_callbacks *session_callbacks(void)
{
    nghttp2_session_callbacks *callbacks;

    if (nghttp2_session_callbacks_new(&callbacks) != 0)
        return NULL;
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_sent);
    nghttp2_session_callbacks_set_send_data_callback(callbacks, session_send_data);
    return callbacks;
}
