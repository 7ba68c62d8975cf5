// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What arrives for a call: headers, one message, trailers. Everything a backend sends is believed only as far as it is
// well formed; the first fault is kept and ends the call.
#include <stdlib.h>
#include <string.h>
#include <inferd/status.h>
#include "rpc/http2_inner.h"

void http2_reply_fault(struct http2_stream *stream, int status, const char *fault)
{
    if (stream->fault != NULL)
        return;
    stream->fault_status = status;
    stream->fault = fault;
}

static bool is_name(const uint8_t *name, size_t len, const char *other)
{
    return len == strlen(other) && memcmp(name, other, len) == 0;
}

// A number of at most three digits; -1: it is none.
static int number(const uint8_t *text, size_t len)
{
    int value = 0;

    if (len == 0 || len > 3)
        return -1;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        value = value * 10 + text[i] - '0';
    }
    return value;
}

static int hex(uint8_t digit)
{
    return digit >= '0' && digit <= '9'   ? digit - '0'
           : digit >= 'a' && digit <= 'f' ? digit - 'a' + 10
           : digit >= 'A' && digit <= 'F' ? digit - 'A' + 10
                                          : -1;
}

// grpc-message is percent-encoded; what isn't well formed stays as it is.
static void take_text(struct http2_stream *stream, const uint8_t *value, size_t len)
{
    size_t at = 0;

    free(stream->text);
    stream->text = malloc(len + 1);
    if (stream->text == NULL)
        len = 0;
    for (size_t i = 0; i < len; i++) {
        bool encoded = value[i] == '%' && i + 2 < len && hex(value[i + 1]) >= 0 && hex(value[i + 2]) >= 0;

        stream->text[at++] = (char)(encoded ? hex(value[i + 1]) << 4 | hex(value[i + 2]) : value[i]);
        i += encoded ? 2 : 0;
    }
    stream->text_len = at;
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name, size_t name_len,
                     const uint8_t *value, size_t len, uint8_t flags, void *user)
{
    struct http2_stream *stream = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);

    (void)flags;
    (void)user;
    if (stream == NULL)
        return 0;
    if (is_name(name, name_len, ":status")) {
        stream->http_status = number(value, len);
    } else if (is_name(name, name_len, "content-type")) {
        stream->is_grpc = len >= 16 && memcmp(value, "application/grpc", 16) == 0;
    } else if (is_name(name, name_len, "grpc-status")) {
        stream->grpc_status = number(value, len);
        if (stream->grpc_status < 0)
            http2_reply_fault(stream, INFERD_UNKNOWN, "ended the call with a status that is no number");
    } else if (is_name(name, name_len, "grpc-message")) {
        take_text(stream, value, len);
    }
    return 0;
}

static void begin_message(struct http2_stream *stream)
{
    const uint8_t *prefix = stream->prefix;
    size_t size = framing_size(prefix);

    if (prefix[0] != 0) {
        http2_reply_fault(stream, INFERD_INTERNAL, "compressed its reply, which nobody asked for");
        return;
    }
    if (stream->http2->max_reply != 0 && size > stream->http2->max_reply) {
        http2_reply_fault(stream, INFERD_RESOURCE_EXHAUSTED, "sends a reply that is larger than the limit");
        return;
    }
    stream->has_reply = true;
    stream->reply_size = size;
    // A backend that lies about the size costs no memory: what isn't written to isn't there.
    if (size > 0 && (stream->reply = malloc(size)) == NULL)
        http2_reply_fault(stream, INFERD_RESOURCE_EXHAUSTED, "no memory for its reply");
}

static void take_data(struct http2_stream *stream, const uint8_t *data, size_t len)
{
    while (len > 0 && stream->fault == NULL && !stream->has_reply) {
        stream->prefix[stream->prefix_len++] = *data++;
        len--;
        if (stream->prefix_len == FRAMING_PREFIX)
            begin_message(stream);
    }
    if (stream->fault != NULL || len == 0)
        return;
    if (len > stream->reply_size - stream->got) {
        http2_reply_fault(stream, INFERD_INTERNAL, "sent more than one reply");
        return;
    }
    memcpy(stream->reply + stream->got, data, len);
    stream->got += len;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data, size_t len, void *user)
{
    struct http2_stream *stream = nghttp2_session_get_stream_user_data(session, id);

    (void)flags;
    (void)user;
    // What comes with another status or type is a page for people, of a proxy for example; its status says enough.
    if (stream == NULL || stream->ended || stream->http_status != 200 || !stream->is_grpc)
        return 0;
    take_data(stream, data, len);
    if (stream->fault != NULL) {
        nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
        http2_end(stream, NGHTTP2_NO_ERROR);
    }
    return 0;
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
    struct http2 *http2 = user;
    struct http2_stream *stream;

    if (frame->hd.type == NGHTTP2_GOAWAY) {
        http2->over = true;
        return 0;
    }
    if ((frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA) ||
        (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0)
        return 0;
    stream = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
    if (stream == NULL)
        return 0;
    if (stream->sent < stream->size) // an answer to a part of the request: nobody wants the rest
        nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id, NGHTTP2_CANCEL);
    http2_end(stream, NGHTTP2_NO_ERROR);
    return 0;
}

static int on_close(nghttp2_session *session, int32_t id, uint32_t code, void *user)
{
    struct http2_stream *stream = nghttp2_session_get_stream_user_data(session, id);

    (void)user;
    if (stream == NULL)
        return 0;
    stream->closed = true;
    http2_end(stream, code);
    http2_stream_free(stream);
    return 0;
}

static int on_sent(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
    struct http2_stream *stream;

    (void)user;
    if (frame->hd.type == NGHTTP2_HEADERS &&
        (stream = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id)) != NULL)
        stream->left = true;
    return 0;
}

static int send_data(nghttp2_session *session, nghttp2_frame *frame, const uint8_t *head, size_t len,
                     nghttp2_data_source *source, void *user)
{
    struct http2 *http2 = user;
    struct http2_stream *stream = source->ptr;

    (void)session;
    (void)frame;
    if (stream->ended)
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE; // the message is gone
    if (!http2_out_frame(&http2->out, head, HTTP2_FRAME_HEAD, stream->body + stream->sent, len))
        return NGHTTP2_ERR_WOULDBLOCK;
    stream->sent += len;
    return 0;
}

nghttp2_session_callbacks *http2_callbacks(void)
{
    nghttp2_session_callbacks *callbacks;

    if (nghttp2_session_callbacks_new(&callbacks) != 0)
        return NULL;
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_sent);
    nghttp2_session_callbacks_set_send_data_callback(callbacks, send_data);
    return callbacks;
}
