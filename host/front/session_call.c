// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Telling methods: that a call has come, that a message has, that one was sent, that the client is gone. Never from
// within nghttp2, which may not be called back then.
#include "front/session_inner.h"

#include <stdio.h>
#include <string.h>

#include <inferd/status.h>
#include "front/unpack.h"
#include "metrics/metrics.h"

void session_tell(struct session_stream *stream)
{
    struct session *session = stream->session;

    if (stream->in_told)
        return;
    stream->in_told = true;
    stream->next_told = NULL;
    *session->last_told = stream;
    session->last_told = &stream->next_told;
    session_defer(session);
}

// A message that came packed, unpacked; where that can't be, it is a fault, and the message empty.
static void unpack(struct session_stream *stream, grpc_slice *message)
{
    char error[160];
    int status = unpack_message(*message, stream->session->server->max_message, message, error, sizeof(error));

    if (status == INFERD_OK)
        return;
    metrics_add(METRICS_REQUESTS_NOT_UNPACKED, 1);
    session_fault(stream, status, "%s", error);
}

// A call that isn't handed to a method.
static void refuse(struct session_stream *stream)
{
    front_server_call_began(stream->session->server);
    if (*stream->fault) {
        session_end(stream, stream->fault_status, stream->fault, (struct session_trailer){NULL, NULL});
        return;
    }
    metrics_add(METRICS_REQUESTS_UNKNOWN_METHOD, 1);
    session_fault(stream, INFERD_UNIMPLEMENTED, "unknown method %s", stream->path);
    session_end(stream, stream->fault_status, stream->fault, (struct session_trailer){NULL, NULL});
}

static void begin(struct session_stream *stream)
{
    struct front_server *server = stream->session->server;
    struct inbound *inbound;

    stream->begun = true;
    if (stream->packed && !*stream->fault)
        unpack(stream, &stream->message);
    if (*stream->fault || !stream->method) {
        refuse(stream);
        return;
    }
    inbound = inbound_new(server, stream->method);
    if (!inbound) {
        session_fault(stream, INFERD_RESOURCE_EXHAUSTED, "no memory for the call");
        refuse(stream);
        return;
    }
    stream->inbound = inbound;
    inbound->stream = stream;
    if (stream->has_message) {
        inbound->slice = stream->message;
        inbound->message =
            (struct inferd_bytes){GRPC_SLICE_START_PTR(inbound->slice), GRPC_SLICE_LENGTH(inbound->slice)};
        stream->message = grpc_empty_slice();
    }
    inbound->arrived_us = loop_now_us(server->loop);
    if (stream->timeout_us != INT64_MAX)
        inbound->deadline_us = inbound->arrived_us + stream->timeout_us;
    inbound_begin(inbound);
}

// Takes the first whole message out of what waits. False: there is none.
static bool take_waiting(struct session_stream *stream, grpc_slice *message, bool *packed)
{
    const uint8_t *first;
    size_t whole;

    if (stream->waiting_len < FRAMING_PREFIX)
        return false;
    first = stream->waiting + stream->waiting_at;
    whole = FRAMING_PREFIX + framing_size(first);
    if (stream->waiting_len < whole)
        return false;
    *packed = first[0] != 0;
    *message = grpc_slice_from_copied_buffer((const char *)first + FRAMING_PREFIX, whole - FRAMING_PREFIX);
    stream->waiting_len -= whole;
    stream->waiting_at += whole;
    if (!stream->closed)
        nghttp2_session_consume(stream->session->http2, stream->id, whole);
    return true;
}

// Whether what waits can't ever become a message.
static bool is_hopeless(const struct session_stream *stream)
{
    return stream->waiting_len >= FRAMING_PREFIX &&
           FRAMING_PREFIX + framing_size(stream->waiting + stream->waiting_at) > SESSION_STREAM_WINDOW;
}

static void give_message(struct session_stream *stream)
{
    struct inbound *inbound = stream->inbound;
    struct inferd_bytes message = {NULL, 0};
    grpc_slice slice = grpc_empty_slice();
    bool packed, more = take_waiting(stream, &slice, &packed), leaving = stream->session->leaving;

    if (!more && !stream->ended_in && !stream->closed && !is_hopeless(stream) && !leaving)
        return;
    stream->receiving = false;
    if (!more && is_hopeless(stream))
        session_fault(stream, INFERD_RESOURCE_EXHAUSTED, "received message larger than max (%zu vs. %d)",
                      framing_size(stream->waiting + stream->waiting_at), SESSION_STREAM_WINDOW - FRAMING_PREFIX);
    else if (!more && !stream->ended_in && leaving)
        session_fault(stream, INFERD_UNAVAILABLE, "the server is going down");
    if (more && packed && !stream->may_pack)
        session_fault(stream, INFERD_INTERNAL, "a message is compressed, but there is no grpc-encoding");
    else if (more && packed)
        unpack(stream, &slice);
    more = more && !*stream->fault;
    if (more)
        message = (struct inferd_bytes){GRPC_SLICE_START_PTR(slice), GRPC_SLICE_LENGTH(slice)};
    inbound->on_received(inbound, more, message);
    grpc_slice_unref(slice);
}

// Of a stream that is closed: what is under way comes to nothing.
static void give_up(struct session_stream *stream)
{
    struct inbound *inbound = stream->inbound;
    void (*cancelled)(struct inbound *) = inbound->cancelled;

    if (stream->sending) {
        stream->sending = false;
        if (inbound->on_sent)
            inbound->on_sent(inbound, false);
    } else if (!inbound->answered && cancelled) {
        inbound->cancelled = NULL;
        cancelled(inbound);
    }
}

static void tell(struct session_stream *stream)
{
    if (stream->over && !stream->inbound) {
        session_stream_free(stream);
        return;
    }
    if (!stream->begun) {
        if (stream->arrived && !stream->closed)
            begin(stream);
        return;
    }
    if (stream->inbound && stream->was_sent) {
        stream->was_sent = false;
        if (!stream->inbound->answered && stream->inbound->on_sent)
            stream->inbound->on_sent(stream->inbound, true);
    }
    if (stream->inbound && stream->receiving && !stream->inbound->answered)
        give_message(stream);
    if (stream->inbound && stream->closed && !stream->inbound->answered)
        give_up(stream);
}

void session_tell_all(struct session *session)
{
    if (session->telling)
        return;
    session->telling = true;
    while (session->told) {
        struct session_stream *stream = session->told;

        session->told = stream->next_told;
        if (!session->told)
            session->last_told = &session->told;
        stream->in_told = false;
        tell(stream);
    }
    session->telling = false;
}

void session_receive(struct session_stream *stream)
{
    stream->receiving = true;
    session_tell(stream);
}

void session_forget(struct session_stream *stream)
{
    stream->inbound = NULL;
    session_defer(stream->session); // which may be free now
    if (stream->over && !stream->in_told)
        session_stream_free(stream);
}
