// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Writing frames, and taking apart those that come.
#include "session_peer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/magic.h"
#include "front/session.h"
#include "session_stage.h"

#define HEAD 9

static uint32_t number(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static struct peer_stream *stream_at(struct peer *peer, uint32_t id)
{
    struct peer_stream **stream = &peer->streams[(id - 1) / 2];

    ALWAYS(id % 2 == 1 && id / 2 < PEER_STREAMS);
    if (!*stream)
        *stream = calloc(1, sizeof(**stream));
    ALWAYS(*stream);
    return *stream;
}

static void take_headers(struct peer *peer, struct peer_stream *stream, const uint8_t *block, size_t len)
{
    size_t at = strlen(stream->headers);
    int flags = 0;

    while (!(flags & NGHTTP2_HD_INFLATE_FINAL)) {
        nghttp2_nv field;
        ssize_t took = nghttp2_hd_inflate_hd2(peer->inflater, &field, &flags, block, len, 1);

        ALWAYS(took >= 0);
        block += took;
        len -= (size_t)took;
        if (!(flags & NGHTTP2_HD_INFLATE_EMIT))
            continue;
        stream->longest = field.valuelen > stream->longest ? field.valuelen : stream->longest;
        if (at + field.namelen + field.valuelen + 3 > sizeof(stream->headers))
            continue;
        memcpy(stream->headers + at, field.name, field.namelen);
        at += field.namelen;
        stream->headers[at++] = '=';
        memcpy(stream->headers + at, field.value, field.valuelen);
        at += field.valuelen;
        stream->headers[at++] = ';';
    }
    nghttp2_hd_inflate_end_headers(peer->inflater);
    stream->blocks++;
}

static void take_piece(struct peer *peer, struct peer_stream *stream, int flags, const uint8_t *piece, size_t len)
{
    peer->block = realloc(peer->block, peer->block_len + len + 1);
    ALWAYS(peer->block);
    memcpy(peer->block + peer->block_len, piece, len);
    peer->block_len += len;
    if (!(flags & WHOLE))
        return;
    take_headers(peer, stream, peer->block, peer->block_len);
    stream->packed += peer->block_len;
    peer->block_len = 0;
}

static void take_data(struct peer_stream *stream, const uint8_t *data, size_t len)
{
    stream->frames++;
    stream->largest = len > stream->largest ? len : stream->largest;
    if (stream->len + len >= stream->room) {
        stream->room = 2 * stream->room + len + 1;
        stream->data = realloc(stream->data, stream->room);
        ALWAYS(stream->data);
    }
    memcpy(stream->data + stream->len, data, len);
    stream->len += len;
}

static void take_of_connection(struct peer *peer, int type, int flags, const uint8_t *payload)
{
    switch (type) {
    case SETTINGS:
        ++*(flags & ACK ? &peer->settings_acks : &peer->settings);
        break;
    case PING:
        ++*(flags & ACK ? &peer->ping_acks : &peer->pings);
        memcpy(peer->ping, payload, 8);
        break;
    case GOAWAY:
        peer->goaways++;
        peer->last = number(payload);
        peer->code = number(payload + 4);
        break;
    default:
        ALWAYS(type == WINDOW_UPDATE);
        peer->updates++;
    }
}

static void take_frame(struct peer *peer, int type, int flags, uint32_t id, const uint8_t *payload, size_t len)
{
    struct peer_stream *stream = id ? stream_at(peer, id) : NULL;

    if (!stream) {
        take_of_connection(peer, type, flags, payload);
    } else if (type == HEADERS || type == CONTINUATION) {
        take_piece(peer, stream, flags, payload, len);
    } else if (type == DATA) {
        take_data(stream, payload, len);
        peer->bytes += (unsigned)len;
    } else if (type == RESET) {
        ALWAYS(len == 4);
        stream->resets++;
        peer->resets++;
        stream->code = number(payload);
    } else {
        ALWAYS(type == WINDOW_UPDATE);
        peer->updates++;
    }
    if (stream && (type == HEADERS || type == DATA))
        stream->ended += (flags & LAST) != 0;
}

static void take_frames(struct peer *peer)
{
    size_t at = 0, len;

    while (peer->in_len - at >= HEAD) {
        const uint8_t *head = peer->in + at;

        len = number(head) >> 8;
        if (peer->in_len - at < HEAD + len)
            break;
        take_frame(peer, head[3], head[4], number(head + 5), head + HEAD, len);
        at += HEAD + len;
    }
    peer->in_len -= at;
    memmove(peer->in, peer->in + at, peer->in_len);
}

static void hear(struct peer *peer)
{
    static uint8_t room[65536];
    ssize_t got;

    while ((got = recv(peer->watch.fd, room, sizeof(room), MSG_DONTWAIT)) > 0) {
        peer->in = realloc(peer->in, peer->in_len + (size_t)got);
        ALWAYS(peer->in);
        memcpy(peer->in + peer->in_len, room, (size_t)got);
        peer->in_len += (size_t)got;
        take_frames(peer);
    }
    if (got == 0 || errno != EAGAIN)
        peer->over = 1;
}

static void flush(struct peer *peer)
{
    ssize_t wrote = 1;

    while (peer->out_len > 0 && wrote > 0) {
        wrote = send(peer->watch.fd, peer->out, peer->out_len, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (wrote <= 0)
            break;
        peer->out_len -= (size_t)wrote;
        memmove(peer->out, peer->out + wrote, peer->out_len);
    }
    if (wrote < 0 && errno != EAGAIN)
        peer->out_len = 0; // the server has closed it, which is heard
}

static void look(struct loop_watch *watch, uint32_t events)
{
    struct peer *peer = (struct peer *)watch;

    (void)events;
    flush(peer);
    if (!peer->deaf)
        hear(peer);
    stage_look();
}

void peer_deafen(struct peer *peer)
{
    peer->deaf = true;
    ALWAYS(setsockopt(peer->watch.fd, SOL_SOCKET, SO_RCVBUF, &(int){4096}, sizeof(int)) == 0);
}

void peer_listen(struct peer *peer)
{
    peer->deaf = false;
    hear(peer);
}

// TCP, as clients have it.
static void make_pair(int pair[2])
{
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(place);
    int listener = socket(AF_INET, SOCK_STREAM, 0);

    ALWAYS(bind(listener, (struct sockaddr *)&place, size) == 0 && listen(listener, 1) == 0);
    ALWAYS(getsockname(listener, (struct sockaddr *)&place, &size) == 0);
    pair[0] = socket(AF_INET, SOCK_STREAM, 0);
    ALWAYS(connect(pair[0], (struct sockaddr *)&place, size) == 0);
    ALWAYS(setsockopt(pair[0], IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)) == 0);
    pair[1] = accept(listener, NULL, NULL);
    ALWAYS(pair[1] >= 0);
    close(listener);
}

struct peer *peer_connect(bool health_only)
{
    struct peer *peer = calloc(1, sizeof(*peer));
    int pair[2];

    ALWAYS(peer && nghttp2_hd_inflate_new(&peer->inflater) == 0);
    make_pair(pair);
    peer->watch = (struct loop_watch){.fn = look, .fd = pair[0]};
    ALWAYS(loop_watch(stage.loop, &peer->watch));
    session_open(stage.server, pair[1], health_only, NULL);
    return peer;
}

struct peer *peer_new(const void *settings, size_t len)
{
    struct peer *peer = peer_connect(false);

    peer_raw(peer, PEER_PREFACE, strlen(PEER_PREFACE));
    peer_say(peer, SETTINGS, 0, 0, settings, len);
    return peer;
}

void peer_close(struct peer *peer)
{
    if (peer->watch.fd < 0)
        return;
    loop_unwatch(stage.loop, &peer->watch);
    close(peer->watch.fd);
    peer->watch.fd = -1;
}

void peer_free(struct peer *peer)
{
    peer_close(peer);
    stage_wait(&stage.sessions_ended, 1);
    stage.sessions_ended--;
    for (size_t i = 0; i < PEER_STREAMS; i++)
        if (peer->streams[i]) {
            free(peer->streams[i]->data);
            free(peer->streams[i]);
        }
    nghttp2_hd_inflate_del(peer->inflater);
    free(peer->out);
    free(peer->in);
    free(peer->block);
    free(peer);
}

int peer_set_up(void **state)
{
    stage_open(0);
    *state = peer_new(NULL, 0);
    return 0;
}

int peer_set_up_held(void **state)
{
    stage_open(0);
    stage_hold_time();
    *state = peer_new(NULL, 0);
    peer_wait_served(*state); // it is one of the server's
    return 0;
}

int peer_tear_down(void **state)
{
    peer_free(*state);
    stage_close();
    return 0;
}

void peer_raw(struct peer *peer, const void *data, size_t len)
{
    if (len == 0)
        return;
    peer->out = realloc(peer->out, peer->out_len + len);
    ALWAYS(peer->out);
    memcpy(peer->out + peer->out_len, data, len);
    peer->out_len += len;
    flush(peer);
}

void peer_say(struct peer *peer, int type, int flags, unsigned id, const void *payload, size_t len)
{
    const uint8_t head[HEAD] = {(uint8_t)(len >> 16), (uint8_t)(len >> 8), (uint8_t)len,
                                (uint8_t)type,        (uint8_t)flags,      (uint8_t)(id >> 24),
                                (uint8_t)(id >> 16),  (uint8_t)(id >> 8),  (uint8_t)id};

    peer_raw(peer, head, HEAD);
    peer_raw(peer, payload, len);
}

// A length of HPACK's, of seven bits and more.
static size_t put_length(uint8_t *at, size_t len)
{
    size_t put = 0;

    if (len < 127) {
        at[put++] = (uint8_t)len;
        return put;
    }
    at[put++] = 127;
    for (len -= 127; len > 127; len >>= 7)
        at[put++] = (uint8_t)(len | 128);
    at[put++] = (uint8_t)len;
    return put;
}

static size_t put_field(uint8_t *block, const char *name, size_t name_len, const void *value, size_t len)
{
    size_t at = 0;

    block[at++] = 0;
    at += put_length(block + at, name_len);
    memcpy(block + at, name, name_len);
    at += name_len;
    at += put_length(block + at, len);
    memcpy(block + at, value, len);
    return at + len;
}

static size_t put_fields(uint8_t *block, const char *headers)
{
    size_t at = 0;

    while (*headers) {
        size_t name = 1 + strcspn(headers + 1, "="), value = strcspn(headers + name + 1, ";");

        at += put_field(block + at, headers, name, headers + name + 1, value);
        headers += name + 1 + value;
        headers += *headers == ';';
    }
    return at;
}

void peer_headers(struct peer *peer, int flags, unsigned id, const char *headers)
{
    uint8_t *block = malloc(2 * strlen(headers) + 16);

    ALWAYS(block);
    peer_say(peer, HEADERS, flags | WHOLE, id, block, put_fields(block, headers));
    free(block);
}

#define OWN ":method=POST;:scheme=http;:path=/test/echo;te=trailers;content-type=application/grpc"

void peer_block(struct peer *peer, int flags, unsigned id, const char *name, const void *value, size_t len)
{
    uint8_t *block = malloc(2 * strlen(OWN) + strlen(name) + len + 32);
    size_t at;

    ALWAYS(block);
    at = put_fields(block, OWN);
    at += put_field(block + at, name, strlen(name), value, len);
    peer_say(peer, HEADERS, flags | WHOLE, id, block, at);
    free(block);
}

void peer_update(struct peer *peer, unsigned id, uint32_t by)
{
    const uint8_t payload[4] = {(uint8_t)(by >> 24), (uint8_t)(by >> 16), (uint8_t)(by >> 8), (uint8_t)by};

    peer_say(peer, WINDOW_UPDATE, 0, id, payload, 4);
}

void peer_reset(struct peer *peer, unsigned id, uint32_t code)
{
    const uint8_t payload[4] = {(uint8_t)(code >> 24), (uint8_t)(code >> 16), (uint8_t)(code >> 8), (uint8_t)code};

    peer_say(peer, RESET, 0, id, payload, 4);
}

void peer_call(struct peer *peer, unsigned id, const char *path)
{
    uint8_t block[1024];
    size_t at = put_fields(block, ":method=POST;:scheme=http;:authority=here");

    at += put_field(block + at, ":path", 5, path, strlen(path));
    at += put_fields(block + at, "te=trailers;content-type=application/grpc");
    peer_say(peer, HEADERS, WHOLE, id, block, at);
}

void peer_message(struct peer *peer, int flags, unsigned id, const char *message)
{
    size_t len = strlen(message);
    uint8_t *data = malloc(5 + len);

    ALWAYS(data);
    memcpy(data, (uint8_t[]){0, 0, (uint8_t)(len >> 16), (uint8_t)(len >> 8), (uint8_t)len}, 5);
    memcpy(data + 5, message, len);
    peer_say(peer, DATA, flags, id, data, 5 + len);
    free(data);
}

const struct peer_stream *peer_stream(struct peer *peer, unsigned id)
{
    const struct peer_stream *stream = peer->streams[(id - 1) / 2];

    return stream ? stream : &peer->nothing;
}

void peer_wait_end(struct peer *peer, unsigned id)
{
    stage_wait(&stream_at(peer, id)->ended, 1);
}

void peer_wait_reset(struct peer *peer, unsigned id)
{
    stage_wait(&stream_at(peer, id)->resets, 1);
}

void peer_wait_bytes(struct peer *peer, unsigned id, size_t bytes)
{
    const struct peer_stream *stream = stream_at(peer, id);

    while (stream->len < bytes)
        stage_wait(&stream->frames, stream->frames + 1);
}

void peer_wait_over(struct peer *peer)
{
    stage_wait(&peer->over, 1);
}

void peer_wait_goaway(struct peer *peer, unsigned count, uint32_t last, uint32_t code)
{
    stage_wait(&peer->goaways, count);
    ALWAYS(peer->goaways == count && peer->last == last && peer->code == code);
}

void peer_wait_served(struct peer *peer)
{
    peer_say(peer, PING, 0, 0, "\0\0\0\0\0\0\0\0", 8);
    stage_wait(&peer->ping_acks, peer->ping_acks + 1);
}
