// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What goes to nghttp2 of what a client sends: all but
// - resets of streams that it has not begun. Those break the rules of HTTP/2, and nghttp2 would end the connection with
//   all its calls; but gRPC's core sends one for a call that is cancelled while its headers are about to leave, and
//   gRPC's own servers pass over it;
// - the word that it has taken the second of our SETTINGS, how many calls there may be. For a client that has,
//   nghttp2 takes one more for a reason to end the connection, too, where before it refuses the call and nothing else,
//   as gRPC's servers do;
// - floods, of what nghttp2 doesn't count, or only while no goodbye was said. They end the connection.
#include "front/session_inner.h"

#include <string.h>

#include "metrics/metrics.h"

#define HEAD 9   // bytes of a frame before its payload
#define RESET 13 // bytes of a whole RST_STREAM
// Calls that a client may end early: as many at once, and one for each so many microseconds. Many clients' deadlines
// may pass together in an overload; who does nothing else is sent away.
#define RESETS 20000
#define RESET_US 200
#define CONTINUATIONS 8 // frames that a block of headers may have beside its first

enum look { TOO_SHORT, PASS, LEAVE_OUT, FLOOD };

static uint32_t number(const uint8_t *at, unsigned bytes)
{
    uint32_t value = 0;

    while (bytes-- > 0)
        value = value << 8 | *at++;
    return value;
}

static bool is_too_many_resets(struct session *session)
{
    int64_t now_us = loop_now_us(session->server->loop);

    session->resets_us = (session->resets_us > now_us ? session->resets_us : now_us) + RESET_US;
    return session->resets_us - now_us > (int64_t)RESETS * RESET_US;
}

// The frame that begins there, and its size. TOO_SHORT: not enough of it is there to tell what to do with it.
static enum look look_at(struct session *session, const uint8_t *at, size_t len, size_t *size)
{
    uint32_t stream;
    bool idle;

    if (len < HEAD)
        return TOO_SHORT;
    *size = HEAD + number(at, 3);
    stream = number(at + 5, 4) & INT32_MAX;
    if (at[3] == NGHTTP2_HEADERS && stream > session->newest)
        session->newest = stream;
    idle = at[3] == NGHTTP2_RST_STREAM && *size == RESET && stream > session->newest && stream % 2 == 1;
    if (idle && len < RESET)
        return TOO_SHORT;
    session->continuations = at[3] == NGHTTP2_CONTINUATION ? session->continuations + 1 : 0;
    if (session->continuations > CONTINUATIONS || (at[3] == NGHTTP2_RST_STREAM && is_too_many_resets(session)))
        return FLOOD;
    if (at[3] == NGHTTP2_SETTINGS && (at[4] & NGHTTP2_FLAG_ACK) && *size == HEAD && ++session->settings_taken == 2)
        return LEAVE_OUT;
    return idle ? LEAVE_OUT : PASS;
}

static bool give(struct session *session, const uint8_t *from, const uint8_t *to)
{
    ssize_t took = from == to ? 0 : nghttp2_session_mem_recv(session->http2, from, (size_t)(to - from));

    metrics_add(METRICS_CONNECTIONS_CUT_FLOOD, took == NGHTTP2_ERR_FLOODED);
    return took >= 0;
}

// Says why; nghttp2 hears of nothing that follows, and the connection ends once that is written.
static bool end_flood(struct session *session)
{
    session->held_len = 0;
    return nghttp2_session_terminate_session(session->http2, NGHTTP2_ENHANCE_YOUR_CALM) == 0;
}

bool session_feed(struct session *session, const uint8_t *data, size_t len)
{
    const uint8_t *from = data, *at = data, *end = data + len;
    enum look look = PASS;
    size_t size = 0;

    while (at < end) {
        size_t left = (size_t)(end - at);

        if (session->frame_left > 0) {
            size_t step = left < session->frame_left ? left : session->frame_left;

            at += step;
            session->frame_left -= step;
            continue;
        }
        look = look_at(session, at, left, &size);
        if (look == TOO_SHORT)
            break;
        if (look == PASS) {
            session->frame_left = size;
            continue;
        }
        if (!give(session, from, at))
            return false;
        if (look == FLOOD)
            return end_flood(session);
        at += size;
        from = at;
    }
    session->held_len = (size_t)(end - at);
    memcpy(session->held, at, session->held_len);
    return give(session, from, at);
}
