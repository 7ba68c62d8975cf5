// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What goes to nghttp2 of what a client sends: all but resets of streams that it has not begun. Those break the rules
// of HTTP/2, and nghttp2 would end the connection with all its calls; but gRPC's core sends one for a call that is
// cancelled while its headers are about to leave, and gRPC's own servers pass over it.
#include "front/session_inner.h"

#include <string.h>

#define HEAD 9   // bytes of a frame before its payload
#define RESET 13 // bytes of a whole RST_STREAM

static uint32_t number(const uint8_t *at, unsigned bytes)
{
    uint32_t value = 0;

    while (bytes-- > 0)
        value = value << 8 | *at++;
    return value;
}

// The frame that begins there. False: not enough of it is there to tell what to do with it. *idle: it is such a reset.
static bool look_at(struct session *session, const uint8_t *at, size_t len, bool *idle)
{
    uint32_t payload, stream;

    if (len < HEAD)
        return false;
    payload = number(at, 3);
    stream = number(at + 5, 4) & INT32_MAX;
    if (at[3] == NGHTTP2_HEADERS && stream > session->newest)
        session->newest = stream;
    *idle = at[3] == NGHTTP2_RST_STREAM && payload == RESET - HEAD && stream > session->newest && stream % 2 == 1;
    if (*idle)
        return len >= RESET;
    session->frame_left = HEAD + payload;
    return true;
}

static bool give(struct session *session, const uint8_t *from, const uint8_t *to)
{
    return from == to || nghttp2_session_mem_recv(session->http2, from, (size_t)(to - from)) >= 0;
}

bool session_feed(struct session *session, const uint8_t *data, size_t len)
{
    const uint8_t *from = data, *at = data, *end = data + len;
    bool idle = false;

    while (at < end) {
        size_t left = (size_t)(end - at);

        if (session->frame_left > 0) {
            size_t step = left < session->frame_left ? left : session->frame_left;

            at += step;
            session->frame_left -= step;
        } else if (!look_at(session, at, left, &idle)) {
            break;
        } else if (idle) {
            if (!give(session, from, at))
                return false;
            at += RESET;
            from = at;
        }
    }
    session->held_len = (size_t)(end - at);
    memcpy(session->held, at, session->held_len);
    return give(session, from, at);
}
