// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Replies: headers, messages, trailers; in one header block where there is nothing but a status.
#include "front/session_inner.h"

#include <stdio.h>
#include <string.h>

#define TRAILERS 3

static nghttp2_nv field(const char *name, const char *value)
{
    return (nghttp2_nv){.name = (uint8_t *)name,
                        .namelen = strlen(name),
                        .value = (uint8_t *)value,
                        .valuelen = strlen(value),
                        .flags = NGHTTP2_NV_FLAG_NO_COPY_NAME};
}

static nghttp2_nv constant(const char *name, const char *value)
{
    nghttp2_nv made = field(name, value);

    made.flags |= NGHTTP2_NV_FLAG_NO_COPY_VALUE;
    return made;
}

// Tables of headers keep it where it comes again, and not where it is another each time.
static nghttp2_nv told(const char *name, const char *value, bool again)
{
    nghttp2_nv made = again ? constant(name, value) : field(name, value);

    made.flags |= again ? NGHTTP2_NV_FLAG_NONE : NGHTTP2_NV_FLAG_NO_INDEX;
    return made;
}

// What a reply begins with.
static size_t put_head(const struct session_stream *stream, nghttp2_nv *fields)
{
    fields[0] = constant(":status", stream->is_grpc ? "200" : "415");
    fields[1] = constant("content-type", "application/grpc");
    fields[2] = constant("grpc-accept-encoding", "identity, deflate, gzip");
    return 3;
}

// And ends with; status has room for its number.
static size_t put_trailers(const struct session_stream *stream, nghttp2_nv *fields, char status[12])
{
    size_t count = 0;

    snprintf(status, 12, "%d", stream->status);
    fields[count++] = stream->status == 0 ? constant("grpc-status", "0") : field("grpc-status", status);
    if (stream->text)
        fields[count++] = told("grpc-message", stream->text, stream->lent);
    if (stream->extra)
        fields[count++] = told(stream->extra_name, stream->extra, stream->lent);
    return count;
}

static int submit_end(struct session_stream *stream)
{
    nghttp2_nv trailers[TRAILERS];
    char status[12];

    stream->ended = true;
    return nghttp2_submit_trailer(stream->session->http2, stream->id, trailers, put_trailers(stream, trailers, status));
}

static ssize_t read_reply(nghttp2_session *http2, int32_t id, uint8_t *to, size_t room, uint32_t *flags,
                          nghttp2_data_source *source, void *user)
{
    struct session_stream *stream = source->ptr;
    size_t left = stream->sending ? FRAMING_PREFIX + GRPC_SLICE_LENGTH(stream->reply) - stream->sent : 0;

    (void)http2;
    (void)id;
    (void)to;
    (void)user;
    if (left == 0 && (!stream->ending || stream->ended))
        return NGHTTP2_ERR_DEFERRED;
    *flags = NGHTTP2_DATA_FLAG_NO_COPY;
    if (left > room)
        return (ssize_t)room;
    if (stream->ending) {
        *flags |= NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
        if (submit_end(stream) != 0)
            return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    }
    return (ssize_t)left;
}

int session_send_data(nghttp2_session *http2, nghttp2_frame *frame, const uint8_t *head, size_t len,
                      nghttp2_data_source *source, void *user)
{
    struct session *session = user;
    struct session_stream *stream = source->ptr;
    uint8_t front[9 + FRAMING_PREFIX];
    size_t front_len = 9, body_at = stream->sent < FRAMING_PREFIX ? 0 : stream->sent - FRAMING_PREFIX, in_front = 0;

    (void)http2;
    (void)frame;
    memcpy(front, head, 9);
    if (stream->sent < FRAMING_PREFIX && len > 0) {
        uint8_t prefix[FRAMING_PREFIX];

        framing_put(prefix, GRPC_SLICE_LENGTH(stream->reply));
        in_front = len < FRAMING_PREFIX - stream->sent ? len : FRAMING_PREFIX - stream->sent;
        memcpy(front + 9, prefix + stream->sent, in_front);
        front_len += in_front;
    }
    if (!http2_out_frame(&session->out, front, front_len, GRPC_SLICE_START_PTR(stream->reply) + body_at,
                         len - in_front))
        return NGHTTP2_ERR_WOULDBLOCK;
    stream->sent += len;
    if (stream->sending && stream->sent == FRAMING_PREFIX + GRPC_SLICE_LENGTH(stream->reply)) {
        stream->sending = false;
        session_settle_unread(stream, stream->ending ? SESSION_COST : 0);
        stream->was_sent = stream->method->stream;
        if (stream->was_sent)
            session_tell(stream);
    }
    return 0;
}

void session_settle_unread(struct session_stream *stream, size_t now)
{
    stream->session->unread += now - stream->unread;
    stream->session->server->unread.bytes += now - stream->unread;
    stream->unread = now;
}

// Hands nghttp2 what there is. Where there is no memory for it, the connection ends: nothing else could be said.
static void submit(struct session_stream *stream)
{
    nghttp2_session *http2 = stream->session->http2;
    const nghttp2_data_provider reply = {.source.ptr = stream, .read_callback = read_reply};
    nghttp2_nv fields[3 + TRAILERS];
    size_t count = put_head(stream, fields);
    char status[12];
    int problem;

    if (stream->greeted && !stream->sending) {
        problem = submit_end(stream); // by itself, for it needs no window
    } else if (stream->greeted) {
        problem = nghttp2_session_resume_data(http2, stream->id);
        problem = problem == NGHTTP2_ERR_INVALID_ARGUMENT ? 0 : problem; // it goes on by itself
    } else if (stream->sending) {
        stream->greeted = true;
        problem = nghttp2_submit_response(http2, stream->id, fields, count, &reply);
    } else {
        stream->greeted = true;
        count += put_trailers(stream, fields + count, status);
        problem = nghttp2_submit_response(http2, stream->id, fields, count, NULL);
    }
    if (problem != 0)
        session_cut(stream->session);
    session_defer(stream->session);
}

static void look_at_unread(struct front_server *server)
{
    if (unread_is_too_much(&server->unread))
        unread_cut(server);
}

void session_send(struct session_stream *stream, grpc_slice message)
{
    if (stream->closed) {
        grpc_slice_unref(message);
        stream->sending = true; // to be told that it wasn't
        session_tell(stream);
        return;
    }
    grpc_slice_unref(stream->reply);
    stream->reply = message;
    stream->sent = 0;
    stream->sending = true;
    session_settle_unread(stream, SESSION_COST + GRPC_SLICE_LENGTH(message));
    submit(stream);
    look_at_unread(stream->session->server);
}

static void end(struct session_stream *stream, int status)
{
    stream->ending = true;
    stream->status = status;
    if (stream->unread == 0)
        session_settle_unread(stream, SESSION_COST);
    submit(stream);
}

void session_end(struct session_stream *stream, int status, const char *text, struct session_trailer extra)
{
    if (stream->closed)
        return;
    if (*stream->fault) { // a method knows only that no more has come
        status = stream->fault_status;
        text = stream->fault;
    }
    stream->text = *text ? session_encode_text(text) : NULL;
    stream->extra_name = extra.name;
    stream->extra = extra.name ? strdup(extra.value) : NULL;
    end(stream, status);
}

void session_refuse(struct session_stream *stream, int status, const char *text, struct session_trailer extra)
{
    if (stream->closed)
        return;
    stream->lent = true;
    stream->text = (char *)text;
    stream->extra_name = extra.name;
    stream->extra = (char *)extra.value;
    end(stream, status);
}

void session_reply(struct session_stream *stream, grpc_slice message, struct session_trailer extra)
{
    if (stream->closed) {
        grpc_slice_unref(message);
        return;
    }
    stream->ending = true;
    stream->extra_name = extra.name;
    stream->extra = extra.name ? strdup(extra.value) : NULL;
    session_send(stream, message);
}
