// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// How calls end: what HTTP says in gRPC's words (doc/http-grpc-status-mapping.md and the table of error codes in
// doc/PROTOCOL-HTTP2.md of gRPC), and telling those who wait, who may begin new calls in doing so.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <inferd/status.h>
#include "rpc/http2_inner.h"

static int status_of_http(int status)
{
    switch (status) {
    case 400:
        return INFERD_INTERNAL;
    case 401:
        return INFERD_UNAUTHENTICATED;
    case 403:
        return INFERD_PERMISSION_DENIED;
    case 404:
        return INFERD_UNIMPLEMENTED;
    case 429:
    case 502:
    case 503:
    case 504:
        return INFERD_UNAVAILABLE;
    default:
        return INFERD_UNKNOWN;
    }
}

static int status_of_code(uint32_t code)
{
    switch (code) {
    case NGHTTP2_REFUSED_STREAM:
        return INFERD_UNAVAILABLE;
    case NGHTTP2_CANCEL:
        return INFERD_CANCELLED;
    case NGHTTP2_ENHANCE_YOUR_CALM:
        return INFERD_RESOURCE_EXHAUSTED;
    case NGHTTP2_INADEQUATE_SECURITY:
        return INFERD_PERMISSION_DENIED;
    default:
        return INFERD_INTERNAL;
    }
}

// What the backend didn't say itself.
static void say(struct http2_stream *stream, int status, const char *before, const char *what)
{
    free(stream->text);
    if (asprintf(&stream->text, "%s%s", before, what) < 0)
        stream->text = NULL;
    stream->text_len = stream->text != NULL ? strlen(stream->text) : 0;
    stream->grpc_status = status;
}

// The end of a call that has no status of gRPC's.
static void judge(struct http2_stream *stream, uint32_t code)
{
    char status[16];

    if (stream->http_status > 0 && stream->http_status != 200) {
        snprintf(status, sizeof(status), "%d", stream->http_status);
        say(stream, status_of_http(stream->http_status), "answered with HTTP status ", status);
    } else if (code != NGHTTP2_NO_ERROR) {
        say(stream, status_of_code(code), "reset the call: ", nghttp2_http2_strerror(code));
    } else if (stream->http_status == 200 && !stream->is_grpc) {
        say(stream, INFERD_UNKNOWN, "answered with something else than gRPC", "");
    } else {
        say(stream, INFERD_UNKNOWN, "ended the call without a status", "");
    }
}

static bool is_cut_short(const struct http2_stream *stream)
{
    return stream->got < stream->reply_size || (stream->prefix_len > 0 && !stream->has_reply);
}

void http2_end(struct http2_stream *stream, uint32_t code)
{
    struct http2 *http2 = stream->http2;

    if (stream->ended)
        return;
    if (code == NGHTTP2_REFUSED_STREAM)
        stream->left = false; // HTTP/2 promises that the backend didn't look at it
    if (stream->grpc_status == HTTP2_NO_STATUS && stream->fault == NULL)
        judge(stream, code);
    else if (stream->grpc_status == INFERD_OK && is_cut_short(stream))
        http2_reply_fault(stream, INFERD_INTERNAL, "sent a part of its reply only");
    stream->ended = true;
    stream->next_ended = NULL;
    *http2->last_ended = stream;
    http2->last_ended = &stream->next_ended;
    http2_defer(http2);
}

void http2_end_all(struct http2 *http2, const char *why)
{
    for (struct http2_stream *stream = http2->streams, *next; stream != NULL; stream = next) {
        next = stream->next;
        stream->closed = true; // nghttp2 is not asked again
        if (!stream->ended) {
            stream->fault = NULL;
            say(stream, INFERD_UNAVAILABLE, "connection lost: ", why);
            http2_end(stream, NGHTTP2_NO_ERROR);
        }
        http2_stream_free(stream);
    }
}

static void tell(struct http2_stream *stream)
{
    struct http2_end end = {.status = stream->grpc_status, .text = stream->text, .text_len = stream->text_len};
    http2_done_fn *done = stream->done;

    if (end.text == NULL)
        end.text = "";
    if (stream->fault != NULL) {
        end.status = stream->fault_status;
        end.text = stream->fault;
        end.text_len = strlen(stream->fault);
    }
    end.unseen = !stream->left;
    if (end.status == INFERD_OK) {
        end.has_reply = stream->has_reply;
        end.reply = stream->reply;
        end.reply_len = stream->got;
        stream->reply = NULL;
    }
    stream->done = NULL;
    done(stream->user, &end);
}

void http2_report(struct http2 *http2)
{
    if (http2->reporting)
        return;
    http2->reporting = true;
    while (http2->ended != NULL) {
        struct http2_stream *stream = http2->ended;

        http2->ended = stream->next_ended;
        if (http2->ended == NULL)
            http2->last_ended = &http2->ended;
        tell(stream);
        http2_stream_free(stream);
    }
    http2->reporting = false;
}
