// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Flow control: how much clients take at a time, how they change that, and what they may not; how much is taken of
// them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "session_peer.h"
#include "session_stage.h"

#define LARGE 90000
#define WHOLE_REPLY (5 + LARGE)
#define WINDOW 65535        // of a stream and of a connection, until somebody says something else
#define FRAME 16384         // likewise, of a frame
#define OURS (16 << 20)     // of a connection to us, as in session.c
#define OF_STREAM (1 << 20) // likewise, of a stream

// INITIAL_WINDOW_SIZE, as a payload.
static const uint8_t *window(uint32_t size)
{
    static uint8_t setting[6];

    memcpy(setting,
           (uint8_t[]){0, 4, (uint8_t)(size >> 24), (uint8_t)(size >> 16), (uint8_t)(size >> 8), (uint8_t)size}, 6);
    return setting;
}

static void ask(struct peer *peer, unsigned id, unsigned len)
{
    char digits[16];

    snprintf(digits, sizeof(digits), "%u", len);
    peer_call(peer, id, "/test/large");
    peer_message(peer, LAST, id, digits);
}

// So many bytes have come, and no more.
static void expect_bytes(struct peer *peer, unsigned id, size_t bytes)
{
    peer_wait_bytes(peer, id, bytes);
    peer_wait_served(peer);
    assert_int_equal(peer_stream(peer, id)->len, bytes);
}

static void expect_whole(struct peer *peer, unsigned id, size_t len)
{
    const struct peer_stream *stream;

    peer_wait_end(peer, id);
    stream = peer_stream(peer, id);
    assert_int_equal(stream->len, 5 + len);
    for (size_t i = 0; i < len; i++)
        assert_int_equal(stream->data[5 + i], stage_byte(i));
    assert_non_null(strstr(stream->headers, ";grpc-status=0;"));
    assert_true(stream->largest <= FRAME);
}

static void test_a_byte_at_a_time(void **state)
{
    struct peer *peer = peer_new(window(0), 6);

    (void)state;
    ask(peer, 1, 20);
    for (size_t i = 0; i < 25; i++) {
        expect_bytes(peer, 1, i);
        assert_int_equal(peer_stream(peer, 1)->ended, 0);
        peer_update(peer, 1, 1);
    }
    expect_whole(peer, 1, 20);
    assert_int_equal(peer_stream(peer, 1)->largest, 1);
    peer_free(peer);
}

// Trailers take no window, nor does a status.
static void test_ends_without_a_window(void **state)
{
    struct peer *peer = peer_new(window(5), 6);

    (void)state;
    ask(peer, 1, 0);
    expect_whole(peer, 1, 0);
    peer_call(peer, 3, "/test/none");
    peer_wait_end(peer, 3);
    peer_free(peer);
}

static void test_windows_that_change_while_replies_wait(void **state)
{
    struct peer *peer = peer_new(window(0), 6);

    (void)state;
    peer_update(peer, 0, 1 << 20);
    ask(peer, 1, LARGE);
    ask(peer, 3, LARGE);
    expect_bytes(peer, 1, 0);
    peer_say(peer, SETTINGS, 0, 0, window(1000), 6); // of those that are there, too
    expect_bytes(peer, 1, 1000);
    expect_bytes(peer, 3, 1000);
    peer_say(peer, SETTINGS, 0, 0, window(400), 6); // 600 less than nothing is left
    peer_update(peer, 1, 600);
    expect_bytes(peer, 1, 1000);
    peer_update(peer, 1, 1);
    expect_bytes(peer, 1, 1001);
    peer_update(peer, 3, 700);
    expect_bytes(peer, 3, 1100);
    peer_say(peer, SETTINGS, 0, 0, window(INT32_MAX - 1000), 6);
    expect_whole(peer, 1, LARGE);
    expect_whole(peer, 3, LARGE);
    peer_free(peer);
}

// The connection's window is what all streams have together.
static void test_replies_larger_than_the_connection_window(void **state)
{
    struct peer *peer = peer_new(window(1 << 20), 6);

    (void)state;
    ask(peer, 1, LARGE);
    ask(peer, 3, LARGE);
    while (peer->bytes < WINDOW)
        stage_turn();
    peer_wait_served(peer);
    assert_int_equal(peer->bytes, WINDOW);
    peer_call(peer, 5, "/test/none"); // what needs none isn't held up
    peer_wait_end(peer, 5);
    peer_update(peer, 0, 2 * WHOLE_REPLY - WINDOW - 1);
    while (peer->bytes < 2 * WHOLE_REPLY - 1)
        stage_turn();
    peer_wait_served(peer);
    assert_int_equal(peer->bytes, 2 * WHOLE_REPLY - 1);
    assert_int_equal(peer_stream(peer, 1)->ended + peer_stream(peer, 3)->ended, 1);
    peer_update(peer, 0, 1);
    expect_whole(peer, 1, LARGE);
    expect_whole(peer, 3, LARGE);
    assert_true(peer_stream(peer, 1)->frames >= WHOLE_REPLY / FRAME + 1);
    peer_free(peer);
}

// Messages of a stream wait for each other.
static void test_a_stream_whose_window_is_small(void **state)
{
    struct peer *peer = peer_new(window(9), 6);

    (void)state;
    peer_call(peer, 1, "/test/stream");
    peer_message(peer, 0, 1, "first");
    peer_message(peer, LAST, 1, "other");
    expect_bytes(peer, 1, 9);
    assert_int_equal(stage.sent, 0);
    assert_int_equal(stage.received, 1);
    peer_update(peer, 1, 2);
    expect_bytes(peer, 1, 11);
    assert_int_equal(stage.sent, 1);
    peer_update(peer, 1, 9);
    peer_wait_end(peer, 1);
    assert_memory_equal(peer_stream(peer, 1)->data, "\0\0\0\0\5first\0\0\0\0\5other", 20);
    peer_free(peer);
}

static void test_a_stream_window_beyond_the_largest(void **state)
{
    struct peer *peer = peer_new(NULL, 0);

    (void)state;
    peer_call(peer, 1, "/test/later");
    peer_message(peer, LAST, 1, "x");
    stage_wait(&stage.begun, 1);
    peer_update(peer, 1, INT32_MAX - WINDOW);
    peer_wait_served(peer);
    assert_int_equal(peer->resets, 0);
    peer_update(peer, 1, 1);
    peer_wait_reset(peer, 1);
    assert_int_equal(peer_stream(peer, 1)->code, NGHTTP2_FLOW_CONTROL_ERROR);
    stage_wait(&stage.cancelled, 1);
    ask(peer, 3, 20); // the others go on
    expect_whole(peer, 3, 20);
    peer_free(peer);
}

static void expect_end(struct peer *peer, uint32_t last, uint32_t code)
{
    peer_wait_goaway(peer, 1, last, code);
    peer_wait_over(peer);
    peer_free(peer);
}

static void test_windows_that_end_the_connection(void **state)
{
    struct peer *peer = peer_new(NULL, 0);

    (void)state;
    peer_call(peer, 1, "/test/later");
    peer_message(peer, LAST, 1, "x");
    stage_wait(&stage.begun, 1);
    peer_update(peer, 0, INT32_MAX - WINDOW);
    peer_wait_served(peer);
    peer_update(peer, 0, 1);
    stage_wait(&stage.cancelled, 1);
    expect_end(peer, 1, NGHTTP2_FLOW_CONTROL_ERROR);
    peer = peer_new(NULL, 0);
    peer_say(peer, SETTINGS, 0, 0, window(UINT32_C(1) << 31), 6);
    expect_end(peer, 0, NGHTTP2_FLOW_CONTROL_ERROR);
    peer = peer_new(NULL, 0);
    peer_update(peer, 0, 0);
    expect_end(peer, 0, NGHTTP2_PROTOCOL_ERROR);
    peer = peer_new(NULL, 0);
    peer_update(peer, 1, 1); // of a call that isn't there yet
    expect_end(peer, 0, NGHTTP2_PROTOCOL_ERROR);
}

static void test_frames_larger_than_they_may_be(void **state)
{
    static uint8_t much[(1 << 20) + 1];
    struct peer *peer = peer_new("\0\5\0\x40\0\0\0", 6); // its MAX_FRAME_SIZE, the least there is

    (void)state;
    peer_update(peer, 0, 1 << 20);
    peer_update(peer, 0, 1 << 20);
    ask(peer, 1, WINDOW - 5);
    expect_whole(peer, 1, WINDOW - 5);
    peer_call(peer, 3, "/test/echo");
    peer_say(peer, DATA, 0, 3, much, FRAME + 1); // ours, which it hasn't taken yet
    expect_end(peer, 3, NGHTTP2_FRAME_SIZE_ERROR);
    peer = peer_new(NULL, 0);
    peer_say(peer, SETTINGS, ACK, 0, "", 0);
    peer_call(peer, 1, "/test/echo");
    peer_say(peer, DATA, 0, 1, much, sizeof(much));
    expect_end(peer, 1, NGHTTP2_FRAME_SIZE_ERROR);
}

// Of what its method doesn't ask for, a stream keeps as much as its window, and a connection as much as its own. Both
// come back: the stream's once it is asked for, the connection's at its end, too.
static void test_messages_that_nobody_asks_for(void **state)
{
    struct peer *peer = peer_new(NULL, 0);
    uint8_t *much = calloc(1, OF_STREAM);

    (void)state;
    assert_non_null(much);
    peer_say(peer, SETTINGS, ACK, 0, "", 0);
    for (unsigned id = 1; id <= 33; id += 2) {
        peer_call(peer, id, "/test/silent");
        if (id < 33)
            peer_say(peer, DATA, 0, id, much, OF_STREAM);
    }
    peer_wait_served(peer);
    assert_int_equal(stage.begun, 17);
    assert_int_equal(peer->goaways, 0);
    assert_int_equal(peer->updates, 1); // that of the beginning
    for (unsigned id = 1; id < 33; id += 2)
        peer_reset(peer, id, NGHTTP2_CANCEL);
    stage_wait(&stage.cancelled, 16);
    for (unsigned id = 33; id < 65; id += 2) {
        if (id > 33)
            peer_call(peer, id, "/test/silent");
        peer_say(peer, DATA, 0, id, much, OF_STREAM);
    }
    peer_wait_served(peer);
    assert_int_equal(peer->goaways, 0);
    peer_call(peer, 65, "/test/silent");
    peer_say(peer, DATA, 0, 65, "x", 1); // beyond the connection's
    expect_end(peer, 65, NGHTTP2_FLOW_CONTROL_ERROR);
    peer = peer_new(NULL, 0);
    peer_say(peer, SETTINGS, ACK, 0, "", 0);
    peer_call(peer, 1, "/test/silent");
    peer_say(peer, DATA, 0, 1, much, OF_STREAM);
    peer_wait_served(peer);
    assert_int_equal(peer->resets, 0);
    peer_say(peer, DATA, 0, 1, "x", 1); // beyond the stream's
    peer_wait_reset(peer, 1);
    assert_int_equal(peer_stream(peer, 1)->code, NGHTTP2_FLOW_CONTROL_ERROR);
    peer_free(peer);
    free(much);
}

// Of what it does, any amount goes through both.
static void test_more_messages_than_a_window(void **state)
{
    struct peer *peer = peer_new(window(INT32_MAX), 6);
    char *message = calloc(1, LARGE + 1);

    (void)state;
    assert_non_null(message);
    memset(message, 'x', LARGE);
    peer_say(peer, SETTINGS, ACK, 0, "", 0);
    peer_update(peer, 0, INT32_MAX - WINDOW);
    peer_call(peer, 1, "/test/stream");
    for (size_t i = 1; i <= OURS / LARGE + 1; i++) {
        peer_message(peer, 0, 1, message);
        peer_wait_bytes(peer, 1, i * WHOLE_REPLY);
    }
    peer_say(peer, DATA, LAST, 1, "", 0);
    peer_wait_end(peer, 1);
    assert_int_equal(peer->goaways, 0);
    peer_free(peer);
    free(message);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, stage_set_up, stage_tear_down)
    const struct CMUnitTest tests[] = {
        CASE(test_a_byte_at_a_time),
        CASE(test_ends_without_a_window),
        CASE(test_windows_that_change_while_replies_wait),
        CASE(test_replies_larger_than_the_connection_window),
        CASE(test_a_stream_whose_window_is_small),
        CASE(test_a_stream_window_beyond_the_largest),
        CASE(test_windows_that_end_the_connection),
        CASE(test_frames_larger_than_they_may_be),
        CASE(test_messages_that_nobody_asks_for),
        CASE(test_more_messages_than_a_window),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
