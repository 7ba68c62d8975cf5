// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Connections: their beginning, what is read from and written to them, their silence, their end.
#include "front/session_inner.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "front/tls_names.h"
#include "metrics/metrics.h"

#define IDLE_STREAMS 256 // that are kept for the next: too large for what malloc has at hand
#define READ_SIZE 65536
#define READS 8                   // in one turn, so that others get theirs
#define SESSION_WINDOW (16 << 20) // bytes of all requests that a client may send without being asked for more
#define FRAME_SIZE (1 << 20)
#define ANSWERS 8192     // to pings and settings, that a client may leave unread
#define FRAMES_OF_CALL 8 // beside messages, that a call may have waiting for a socket; it has fewer
#define FRAME_COST 128   // bytes that one has in memory, about

static uint8_t *read_room(void)
{
    static _Thread_local uint8_t room[READ_SIZE];

    return room;
}

void session_close_stream(struct session_stream *stream)
{
    if (stream->closed)
        return;
    stream->closed = true;
    stream->next_closed = NULL;
    nghttp2_session_consume_connection(stream->session->http2, stream->waiting_len);
    *(stream->session->closed ? &stream->session->last_closed->next_closed : &stream->session->closed) = stream;
    stream->session->last_closed = stream;
    session_tell(stream);
}

void session_cut(struct session *session)
{
    if (session->broken)
        return;
    session->broken = true;
    loop_timer_drop(session->server->loop, &session->silence);
    loop_unwatch(session->server->loop, &session->watch);
    shutdown(session->watch.fd, SHUT_RDWR); // the master may have a duplicate
    close(session->watch.fd);
    for (struct session_stream *stream = session->streams; stream; stream = stream->next)
        session_close_stream(stream);
    session_defer(session);
}

// Counts what waits for room: bytes that the socket didn't take, and answers to pings and settings behind them.
static void settle_left(struct session *session)
{
    size_t now = 0;

    if (session->out.left)
        now = session->out.left_len - session->out.left_at +
              nghttp2_session_get_outbound_queue_size(session->http2) * FRAME_COST;
    session->server->unread.bytes += now - session->left;
    session->left = now;
}

static void free_session(struct session *session)
{
    struct front_server *server = session->server;

    *session->at = session->next;
    if (session->next)
        session->next->at = session->at;
    http2_out_free(&session->out);
    settle_left(session);
    nghttp2_session_del(session->http2);
    tls_names_free(session->names);
    session->magic = 0;
    free(session);
    front_server_session_ended(server);
}

// Until nothing is left, for the kernel tells of changes only; where the client sends no more, until that is read too.
static void read_some(struct session *session, bool to_end)
{
    for (int i = 0; i < READS; i++) {
        size_t held = session->held_len;
        ssize_t got = recv(session->watch.fd, read_room() + held, READ_SIZE - held, MSG_DONTWAIT);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && errno == EAGAIN)
            return;
        memcpy(read_room(), session->held, held);
        if (got <= 0 || !session_feed(session, read_room(), held + (size_t)got)) {
            session_cut(session);
            return;
        }
        if (held + (size_t)got < READ_SIZE && !to_end)
            return;
    }
    if (!session->posted) {
        session->posted = true;
        loop_post(session->server->loop, &session->again);
    }
}

static void hear(struct session *session, bool to_end)
{
    if (session->broken)
        return;
    session->heard_us = loop_now_us(session->server->loop);
    session->pinged = false;
    read_some(session, to_end);
    session_tell_all(session);
    session_defer(session);
}

static void look(struct loop_watch *watch, uint32_t events)
{
    struct session *session = (struct session *)((char *)watch - offsetof(struct session, watch));

    CHECK_MAGIC(session, SESSION_MAGIC);
    if ((events & ~(uint32_t)EPOLLOUT) != 0)
        hear(session, (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0);
    else
        session_defer(session);
}

static void look_again(struct loop_job *job)
{
    struct session *session = (struct session *)((char *)job - offsetof(struct session, again));

    session->posted = false;
    hear(session, true);
    session_defer(session); // which may free it now
}

// A client that reads nothing has us keep more than answers to its calls, and to pings and settings, can be.
static bool is_crammed(const struct session *session)
{
    return session->out.left && nghttp2_session_get_outbound_queue_size(session->http2) >
                                    ANSWERS + (size_t)FRAMES_OF_CALL * session->server->max_streams;
}

static void write_all(struct session *session)
{
    const uint8_t *data;
    ssize_t len = 0;
    bool crammed;

    // Until the socket takes no more, which is when the kernel will tell us, or nothing is left.
    while (http2_out_write(&session->out)) {
        while ((len = nghttp2_session_mem_send(session->http2, &data)) > 0 &&
               http2_out_copy(&session->out, data, (size_t)len)) {
        }
        if (session->out.bytes == 0)
            break;
    }
    settle_left(session);
    crammed = is_crammed(session);
    metrics_add(METRICS_CONNECTIONS_CUT_FLOOD, crammed);
    if (session->out.error != 0 || len < 0 || crammed)
        session_cut(session);
    else if (unread_is_too_much(&session->server->unread))
        unread_cut(session->server);
}

// Nothing is to be read or written any more: the client broke HTTP/2's rules, or was told to go and has no calls.
static bool is_over(const struct session *session)
{
    if (session->broken || session->out.left)
        return false;
    return (session->leaving && !session->streams) ||
           (!nghttp2_session_want_read(session->http2) && !nghttp2_session_want_write(session->http2));
}

void session_stream_free(struct session_stream *stream)
{
    struct front_server *server = stream->session->server;

    *stream->at = stream->next;
    if (stream->next)
        stream->next->at = stream->at;
    session_settle_unread(stream, 0);
    grpc_slice_unref(stream->message);
    grpc_slice_unref(stream->reply);
    if (stream->headers != stream->own)
        free(stream->headers);
    free(stream->waiting);
    if (!stream->lent) {
        free(stream->text);
        free(stream->extra);
    }
    if (stream->begun)
        front_server_call_ended(server);
    if (server->idle_stream_count < IDLE_STREAMS) {
        stream->next_closed = server->idle_streams;
        server->idle_streams = stream;
        server->idle_stream_count++;
    } else {
        free(stream);
    }
}

struct session_stream *session_stream_new(struct front_server *server)
{
    struct session_stream *stream = server->idle_streams;

    if (!stream)
        return malloc(sizeof(*stream));
    server->idle_streams = stream->next_closed;
    server->idle_stream_count--;
    return stream;
}

// What they have sent is written, or never will be. Those that have a call are freed when it is forgotten.
static void free_closed(struct session *session)
{
    struct session_stream *stream = session->closed;

    session->closed = NULL;
    while (stream) {
        struct session_stream *next = stream->next_closed;

        stream->over = true;
        if (!stream->inbound)
            session_stream_free(stream);
        stream = next;
    }
}

static void end_turn(struct loop_job *job)
{
    struct session *session = (struct session *)((char *)job - offsetof(struct session, turn_end));

    CHECK_MAGIC(session, SESSION_MAGIC);
    session->deferred = false;
    session_tell_all(session);
    if (!session->broken)
        write_all(session);
    session_tell_all(session); // of what was written
    free_closed(session);
    if (is_over(session))
        session_cut(session);
    if (session->broken && !session->streams && !session->posted && !session->deferred)
        free_session(session);
}

void session_defer(struct session *session)
{
    if (session->deferred)
        return;
    session->deferred = true;
    loop_defer(session->server->loop, &session->turn_end);
}

// A client that says nothing for some time is asked whether it is there.
static void on_silence(struct loop_timer *timer)
{
    struct session *session = (struct session *)((char *)timer - offsetof(struct session, silence));
    const struct front_server *server = session->server;
    int64_t due_us =
        session->heard_us + (server->ping_ms + (session->pinged ? server->ping_timeout_ms : 0)) * INT64_C(1000);

    if (due_us <= loop_now_us(server->loop)) {
        if (session->pinged || nghttp2_submit_ping(session->http2, NGHTTP2_FLAG_NONE, NULL) != 0) {
            metrics_add(METRICS_CONNECTIONS_CUT_SILENT, session->pinged);
            session_cut(session);
            return;
        }
        session->pinged = true;
        session_defer(session);
        due_us = loop_now_us(server->loop) + server->ping_timeout_ms * INT64_C(1000);
    }
    if (!loop_timer_arm(server->loop, timer, due_us))
        session_cut(session);
}

static bool make_http2(struct session *session)
{
    const struct front_server *server = session->server;
    // In two frames, see session_frames.c.
    const nghttp2_settings_entry streams = {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, server->max_streams};
    const nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, SESSION_STREAM_WINDOW},
                                               {NGHTTP2_SETTINGS_MAX_FRAME_SIZE, FRAME_SIZE},
                                               {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, server->max_header}};
    nghttp2_session_callbacks *callbacks = session_callbacks();
    nghttp2_option *option = NULL;
    bool made;

    made = callbacks && nghttp2_option_new(&option) == 0;
    if (made) {
        nghttp2_option_set_no_auto_window_update(option, 1);
        nghttp2_option_set_no_http_messaging(option, 1); // clients of gRPC send what HTTP forbids: no authority, blanks
        nghttp2_option_set_stream_reset_rate_limit(option, UINT64_MAX, 0); // session_frames.c has one
        nghttp2_option_set_max_outbound_ack(option, ANSWERS);
        made = nghttp2_session_server_new2(&session->http2, callbacks, session, option) == 0 &&
               nghttp2_submit_settings(session->http2, NGHTTP2_FLAG_NONE, settings,
                                       sizeof(settings) / sizeof(settings[0])) == 0 &&
               nghttp2_submit_settings(session->http2, NGHTTP2_FLAG_NONE, &streams, 1) == 0 &&
               nghttp2_session_set_local_window_size(session->http2, NGHTTP2_FLAG_NONE, 0, SESSION_WINDOW) == 0;
    }
    nghttp2_option_del(option);
    nghttp2_session_callbacks_del(callbacks);
    return made;
}

// Before it has begun.
static void drop(struct session *session)
{
    shutdown(session->watch.fd, SHUT_RDWR);
    close(session->watch.fd);
    tls_names_free(session->names);
    free(session);
}

static void begin(struct loop_job *job)
{
    struct session *session = (struct session *)((char *)job - offsetof(struct session, begin));
    struct front_server *server = session->server;

    if (server->closing || !loop_watch(server->loop, &session->watch)) {
        metrics_add(METRICS_CONNECTIONS_LOST, !server->closing);
        drop(session);
        return;
    }
    session->heard_us = loop_now_us(server->loop);
    session->next = server->sessions;
    session->at = &server->sessions;
    if (session->next)
        session->next->at = &session->next;
    server->sessions = session;
    if (!make_http2(session) ||
        !loop_timer_arm(server->loop, &session->silence, session->heard_us + server->ping_ms * INT64_C(1000)))
        session_cut(session);
    else if (server->draining)
        session_say_goodbye(session);
    session_defer(session);
}

void session_open(struct front_server *server, int fd, bool health_only, struct tls_names *names)
{
    struct session *session = calloc(1, sizeof(*session));

    if (!session) {
        metrics_add(METRICS_CONNECTIONS_LOST, 1);
        shutdown(fd, SHUT_RDWR);
        close(fd);
        tls_names_free(names);
        return;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)); // not for a relay's, which has no delay
    session->magic = SESSION_MAGIC;
    session->server = server;
    session->out.socket = session->watch.fd = fd;
    session->watch.fn = look;
    session->begin.fn = begin;
    session->again.fn = look_again;
    session->turn_end.fn = end_turn;
    session->silence.fn = on_silence;
    session->last_told = &session->told;
    session->frame_left = NGHTTP2_CLIENT_MAGIC_LEN;
    session->health_only = health_only;
    session->names = names;
    loop_post(server->loop, &session->begin);
}

void session_say_goodbye(struct session *session)
{
    if (session->goodbye || session->broken)
        return;
    session->goodbye = true;
    if (nghttp2_submit_shutdown_notice(session->http2) == 0)
        metrics_add(METRICS_CONNECTIONS_GOAWAY, 1);
    session_defer(session);
}

void session_leave(struct session *session)
{
    if (session->leaving || session->broken)
        return;
    session->leaving = true;
    if (nghttp2_submit_goaway(session->http2, NGHTTP2_FLAG_NONE,
                              nghttp2_session_get_last_proc_stream_id(session->http2), NGHTTP2_NO_ERROR, NULL, 0) != 0)
        session_cut(session);
    for (struct session_stream *stream = session->streams; stream; stream = stream->next)
        if (stream->receiving)
            session_tell(stream);
    session_defer(session);
}

void session_free_all(struct front_server *server)
{
    for (struct session *session = server->sessions; session; session = session->next)
        session_cut(session);
    loop_drain(server->loop);
    while (server->idle_streams)
        free(session_stream_new(server));
}

struct session *session_next(const struct session *session)
{
    return session->next;
}

bool session_is_health_only(const struct session_stream *stream)
{
    return stream->session->health_only;
}

const struct tls_names *session_names(const struct session_stream *stream)
{
    return stream->session->names;
}
