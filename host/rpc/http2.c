// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Connections: their sessions, and the beginning of calls.
#include "rpc/http2.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include "base/magic.h"
#include "rpc/http2_inner.h"

#define READ_SIZE 65536
#define STREAM_WINDOW (4 << 20)      // bytes that a backend may send of one reply without being asked for more
#define CONNECTION_WINDOW (32 << 20) // likewise, of all
#define MAX_TEXT_HEADERS 16384       // bytes of headers that we take

static uint8_t *read_room(void)
{
    static _Thread_local uint8_t room[READ_SIZE];

    return room;
}

static void tell_over(struct http2 *http2)
{
    if (http2->on_over != NULL)
        http2->on_over(http2->user);
    http2->on_over = NULL;
}

static void lose(struct http2 *http2, const char *why)
{
    if (http2->broken)
        return;
    http2->broken = http2->over = true;
    http2_end_all(http2, why);
}

// Until nothing is left, for the kernel tells of changes only; where the peer has closed, until that is read too.
static void read_all(struct http2 *http2, bool closed)
{
    ssize_t got, took;

    do {
        got = recv(http2->out.socket, read_room(), READ_SIZE, MSG_DONTWAIT);
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (got <= 0) {
            lose(http2, got == 0 ? "the backend closed it" : strerror(errno));
            return;
        }
        took = nghttp2_session_mem_recv(http2->session, read_room(), (size_t)got);
        if (took < 0) {
            lose(http2, nghttp2_strerror((int)took));
            return;
        }
    } while (got == READ_SIZE || closed);
}

static void write_all(struct http2 *http2)
{
    const uint8_t *data;
    ssize_t len = 0;

    // Until the socket takes no more, which is when the kernel will tell us, or nothing is left: whoever stops in
    // between is told nothing.
    while (http2_out_write(&http2->out)) {
        while ((len = nghttp2_session_mem_send(http2->session, &data)) > 0 &&
               http2_out_copy(&http2->out, data, (size_t)len)) {
        }
        if (http2->out.bytes == 0)
            break;
    }
    if (http2->out.error != 0)
        lose(http2, strerror(http2->out.error));
    else if (len < 0)
        lose(http2, nghttp2_strerror((int)len));
    else if (!nghttp2_session_want_read(http2->session) && !nghttp2_session_want_write(http2->session))
        lose(http2, "the backend breaks the rules of HTTP/2"); // or has said goodbye, and no call is left
}

static void end_turn(struct loop_job *job)
{
    struct http2 *http2 = (struct http2 *)((char *)job - offsetof(struct http2, turn_end));

    http2->deferred = false;
    http2_report(http2);
    if (!http2->broken)
        write_all(http2);
    http2_report(http2);
    if (http2->over)
        tell_over(http2);
    if (http2->freed && !http2->deferred)
        http2_free(http2);
}

void http2_defer(struct http2 *http2)
{
    if (http2->deferred)
        return;
    http2->deferred = true;
    loop_defer(http2->loop, &http2->turn_end);
}

static void look(struct loop_watch *watch, uint32_t events)
{
    struct http2 *http2 = (struct http2 *)((char *)watch - offsetof(struct http2, watch));

    if (http2->broken)
        return;
    if ((events & ~(uint32_t)EPOLLOUT) != 0)
        read_all(http2, (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0);
    http2_defer(http2);
    http2_report(http2);
}

static bool make_session(struct http2 *http2)
{
    const nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
                                               {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, STREAM_WINDOW},
                                               {NGHTTP2_SETTINGS_MAX_FRAME_SIZE, 1 << 20},
                                               {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, MAX_TEXT_HEADERS}};
    nghttp2_session_callbacks *callbacks = http2_callbacks();
    nghttp2_option *option = NULL;
    bool made;

    made = callbacks != NULL && nghttp2_option_new(&option) == 0;
    if (made) {
        nghttp2_option_set_peer_max_concurrent_streams(option, INT32_MAX); // until it tells us
        made = nghttp2_session_client_new2(&http2->session, callbacks, http2, option) == 0 &&
               nghttp2_submit_settings(http2->session, NGHTTP2_FLAG_NONE, settings,
                                       sizeof(settings) / sizeof(settings[0])) == 0 &&
               nghttp2_session_set_local_window_size(http2->session, NGHTTP2_FLAG_NONE, 0, CONNECTION_WINDOW) == 0;
    }
    nghttp2_option_del(option);
    nghttp2_session_callbacks_del(callbacks);
    return made;
}

struct http2 *http2_new(struct loop *loop, int socket, size_t max_reply, void (*over)(void *user), void *user)
{
    struct http2 *http2 = calloc(1, sizeof(*http2));

    if (http2 == NULL)
        return NULL;
    http2->loop = loop;
    http2->out.socket = http2->watch.fd = socket;
    http2->watch.fn = look;
    http2->turn_end.fn = end_turn;
    http2->last_ended = &http2->ended;
    http2->max_reply = max_reply;
    http2->on_over = over;
    http2->user = user;
    if (make_session(http2) && loop_watch(loop, &http2->watch)) {
        http2_defer(http2);
        return http2;
    }
    nghttp2_session_del(http2->session);
    free(http2);
    return NULL;
}

void http2_free(struct http2 *http2)
{
    if (http2 == NULL)
        return;
    http2->on_over = NULL;
    if (!http2->freed)
        loop_unwatch(http2->loop, &http2->watch);
    http2->freed = true;
    http2->broken = true;
    if (http2->deferred || http2->reporting) { // its own functions are under way, or will be
        http2_defer(http2);
        return;
    }
    nghttp2_session_del(http2->session);
    while (http2->streams != NULL) {
        ALWAYS(http2->streams->done == NULL);
        http2->streams->closed = true;
        http2_stream_free(http2->streams);
    }
    close(http2->out.socket);
    http2_out_free(&http2->out);
    free(http2);
}

static ssize_t read_body(nghttp2_session *session, int32_t id, uint8_t *to, size_t room, uint32_t *flags,
                         nghttp2_data_source *source, void *user)
{
    const struct http2_stream *stream = source->ptr;
    size_t left = stream->size - stream->sent;

    (void)session;
    (void)id;
    (void)to;
    (void)user;
    if (stream->ended)
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE; // the message is gone
    *flags = NGHTTP2_DATA_FLAG_NO_COPY | (left <= room ? NGHTTP2_DATA_FLAG_EOF : 0);
    return (ssize_t)(left <= room ? left : room);
}

static bool submit(struct http2_stream *stream, const struct http2_head *head, const struct rpc_header *extra,
                   size_t extra_count, int64_t timeout_us)
{
    nghttp2_nv fields[HTTP2_MAX_FIELDS];
    const nghttp2_data_provider body = {.source.ptr = stream, .read_callback = read_body};
    size_t count = head->count;
    char timeout[24];

    ALWAYS(count + extra_count < HTTP2_MAX_FIELDS);
    memcpy(fields, head->fields, count * sizeof(fields[0]));
    for (size_t i = 0; i < extra_count; i++)
        http2_field(&fields[count++], extra[i].name, extra[i].value);
    if (timeout_us != INT64_MAX) {
        framing_write_timeout(timeout_us, timeout);
        http2_field(&fields[count], "grpc-timeout", timeout);
        fields[count++].flags = NGHTTP2_NV_FLAG_NO_INDEX; // another each time
    }
    stream->id = nghttp2_submit_request(stream->http2->session, NULL, fields, count, &body, stream);
    return stream->id > 0;
}

struct http2_stream *http2_call(struct http2 *http2, const struct http2_head *head, const struct rpc_header *extra,
                                size_t extra_count, int64_t timeout_us, uint8_t *message, size_t size,
                                http2_done_fn *done, void *user)
{
    struct http2_stream *stream = http2->over || size > UINT32_MAX ? NULL : calloc(1, sizeof(*stream));

    if (stream == NULL)
        return NULL;
    framing_put(message - FRAMING_PREFIX, size);
    stream->http2 = http2;
    stream->body = message - FRAMING_PREFIX;
    stream->size = size + FRAMING_PREFIX;
    stream->done = done;
    stream->user = user;
    stream->grpc_status = HTTP2_NO_STATUS;
    if (!submit(stream, head, extra, extra_count, timeout_us)) {
        http2->over = true; // all numbers of streams are used up
        http2_defer(http2);
        free(stream);
        return NULL;
    }
    stream->at = &http2->streams;
    stream->next = http2->streams;
    if (stream->next != NULL)
        stream->next->at = &stream->next;
    http2->streams = stream;
    http2_defer(http2);
    return stream;
}

void http2_stream_free(struct http2_stream *stream)
{
    if (!stream->closed || stream->done != NULL)
        return;
    *stream->at = stream->next;
    if (stream->next != NULL)
        stream->next->at = stream->at;
    free(stream->text);
    free(stream->reply);
    free(stream);
}

void http2_cancel(struct http2_stream *stream, int status, const char *text)
{
    if (stream->ended)
        return;
    http2_reply_fault(stream, status, text);
    stream->left = true; // whether it did or not: it doesn't go out again
    if (!stream->closed)
        nghttp2_submit_rst_stream(stream->http2->session, NGHTTP2_FLAG_NONE, stream->id, NGHTTP2_CANCEL);
    http2_end(stream, NGHTTP2_NO_ERROR);
}
