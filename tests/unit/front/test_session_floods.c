// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Clients that say nothing any more, or much too much: what is asked of them, what they may, what ends them, and what
// they cost until then.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "session_peer.h"
#include "session_stage.h"

#define RESETS 20000   // as in session_frames.c
#define RESETS_MS 5    // likewise, in each millisecond
#define MUCH (4 << 20) // bytes that a client which reads nothing may cost, beside its calls

static void test_silence(void **state)
{
    struct peer *peer = *state;

    peer_wait_served(peer);
    stage_pass(STAGE_PING_MS - 1);
    peer_wait_served(peer); // was silent for no longer than it may
    stage_pass(STAGE_PING_MS - 1);
    assert_int_equal(peer->pings, 0);
    stage_pass(1);
    stage_wait(&peer->pings, 1);
    stage_pass(STAGE_PING_MS - 1);
    assert_int_equal(stage.sessions_ended, 0);
    stage_pass(1);
    peer_wait_over(peer);
}

// Not even the beginning of HTTP/2.
static void test_silence_from_the_beginning(void **state)
{
    struct peer *peer = peer_connect(false);

    (void)state;
    stage_turn();
    stage_pass(STAGE_PING_MS);
    stage_pass(STAGE_PING_MS);
    peer_wait_over(peer);
    peer_free(peer);
}

static void test_whoever_answers_stays(void **state)
{
    struct peer *peer = *state;

    peer_call(peer, 1, "/test/later");
    peer_message(peer, LAST, 1, "x");
    stage_wait(&stage.begun, 1);
    for (unsigned i = 1; i <= 3; i++) {
        stage_pass(STAGE_PING_MS);
        stage_wait(&peer->pings, i);
        if (i == 2)
            peer_update(peer, 0, 1); // anything will do
        else
            peer_say(peer, PING, ACK, 0, peer->ping, 8);
        stage_turn();
        stage_pass(STAGE_PING_MS - 1);
        assert_int_equal(peer->pings, i);
        stage_turn();
        peer_say(peer, PING, ACK, 0, peer->ping, 8);
        stage_turn();
    }
    assert_true(stage_answer());
    peer_wait_end(peer, 1);
    assert_int_equal(peer->over, 0);
}

// Says it, time and again, until the connection ends, and reads nothing of what is answered.
static void flood(struct peer *peer, const void *what, size_t len)
{
    uint8_t many[32 * 512];

    for (size_t at = 0; at < sizeof(many); at++)
        many[at] = ((const uint8_t *)what)[at % len];
    peer_deafen(peer);
    while (stage.sessions_ended == 0) {
        peer_raw(peer, many, sizeof(many) - sizeof(many) % len);
        while (peer->out_len > 0)
            stage_turn();
        stage_turn();
        assert_true(stage.server->unread.bytes < MUCH);
    }
}

static void test_pings_whose_answers_are_not_read(void **state)
{
    flood(*state, "\0\0\10\6\0\0\0\0\00012345678", 17);
}

static void test_settings_whose_answers_are_not_read(void **state)
{
    flood(*state, "\0\0\6\4\0\0\0\0\0\0\4\0\0\1\0", 15);
}

// Of which nothing is left but a reset for each.
static void test_calls_that_are_refused_and_not_read(void **state)
{
    struct peer *peer = *state;
    static uint8_t calls[10 * 1000];
    unsigned id = 2 * STAGE_MAX_STREAMS + 1;

    for (unsigned i = 0; i < STAGE_MAX_STREAMS; i++)
        peer_call(peer, 2 * i + 1, "/test/echo");
    peer_wait_served(peer);
    peer_deafen(peer);
    while (stage.sessions_ended == 0) {
        for (size_t at = 0; at < sizeof(calls); at += 10, id += 2)
            memcpy(calls + at,
                   (uint8_t[]){0, 0, 1, HEADERS, WHOLE, (uint8_t)(id >> 24), (uint8_t)(id >> 16), (uint8_t)(id >> 8),
                               (uint8_t)id, 0x83},
                   10);
        peer_raw(peer, calls, sizeof(calls));
        while (peer->out_len > 0)
            stage_turn();
        stage_turn();
        assert_true(stage.server->unread.bytes < MUCH);
    }
}

static void test_pings_and_settings_that_are_read(void **state)
{
    struct peer *peer = *state;

    for (int i = 0; i < 20; i++) {
        for (int k = 0; k < 1000; k++) {
            peer_say(peer, PING, 0, 0, "12345678", 8);
            peer_say(peer, SETTINGS, 0, 0, "", 0);
        }
        stage_wait(&peer->settings_acks, 1000 * (unsigned)(i + 1) + 1);
        peer_wait_served(peer);
    }
    assert_int_equal(peer->ping_acks, 20021);
    assert_int_equal(peer->goaways, 0);
}

static void test_settings_with_too_much(void **state)
{
    static const uint8_t many[33 * 6];

    peer_say(*state, SETTINGS, 0, 0, many, sizeof(many));
    peer_wait_goaway(*state, 1, 0, NGHTTP2_ENHANCE_YOUR_CALM);
    peer_wait_over(*state);
}

// Calls without a message that are reset at once.
static void reset_calls(struct peer *peer, unsigned count, unsigned *id)
{
    static const uint8_t block[] = "\203\206\4\12/test/echo\17\20\20application/grpc";

    for (unsigned i = 0; i < count; i++, *id += 2) {
        peer_say(peer, HEADERS, WHOLE, *id, block, sizeof(block) - 1);
        peer_reset(peer, *id, NGHTTP2_CANCEL);
        if (i % 256 == 255)
            while (peer->out_len > 0)
                stage_turn();
    }
}

static void test_resets_faster_than_they_may_be(void **state)
{
    struct peer *peer = *state;
    unsigned id = 1;

    reset_calls(peer, 1, &id);
    peer_wait_served(peer);
    stage_pass(1000); // which saves up nothing
    reset_calls(peer, RESETS, &id);
    peer_wait_served(peer);
    stage_pass(100);
    reset_calls(peer, 100 * RESETS_MS, &id);
    peer_wait_served(peer);
    assert_int_equal(peer->goaways, 0);
    reset_calls(peer, 1, &id);
    peer_wait_goaway(peer, 1, id - 2, NGHTTP2_ENHANCE_YOUR_CALM);
    peer_wait_over(peer);
}

static void test_resets_while_the_server_goes(void **state)
{
    struct peer *peer = *state;
    unsigned id = 1;

    stage_drain(1000, 1000);
    peer_wait_goaway(peer, 1, INT32_MAX, NGHTTP2_NO_ERROR);
    reset_calls(peer, RESETS, &id);
    peer_wait_served(peer);
    reset_calls(peer, 1, &id);
    peer_wait_goaway(peer, 2, id - 2, NGHTTP2_ENHANCE_YOUR_CALM);
    peer_wait_over(peer);
}

// Of calls that did not begin, too, which nghttp2 doesn't see.
static void test_resets_of_nothing(void **state)
{
    struct peer *peer = *state;

    for (unsigned i = 0; i <= RESETS; i++)
        peer_reset(peer, 1, NGHTTP2_CANCEL);
    peer_wait_goaway(peer, 1, 0, NGHTTP2_ENHANCE_YOUR_CALM);
    peer_wait_over(peer);
}

static void test_headers_without_end(void **state)
{
    struct peer *peer = *state;

    peer_say(peer, HEADERS, 0, 1, "\203", 1);
    for (int i = 0; i < 8; i++)
        peer_say(peer, CONTINUATION, 0, 1, "", 0);
    stage_turn();
    stage_turn();
    assert_int_equal(peer->over, 0);
    peer_say(peer, CONTINUATION, 0, 1, "", 0);
    peer_wait_goaway(peer, 1, 1, NGHTTP2_ENHANCE_YOUR_CALM);
    peer_wait_over(peer);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, peer_set_up_held, peer_tear_down)
    const struct CMUnitTest tests[] = {
        CASE(test_silence),
        CASE(test_silence_from_the_beginning),
        CASE(test_whoever_answers_stays),
        CASE(test_pings_whose_answers_are_not_read),
        CASE(test_settings_whose_answers_are_not_read),
        CASE(test_calls_that_are_refused_and_not_read),
        CASE(test_pings_and_settings_that_are_read),
        CASE(test_settings_with_too_much),
        CASE(test_resets_faster_than_they_may_be),
        CASE(test_resets_while_the_server_goes),
        CASE(test_resets_of_nothing),
        CASE(test_headers_without_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
