// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// How calls and connections end early: resets, floods, small windows, clients that go away, the server that does.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <unistd.h>
#include "session_peer.h"
#include "session_stage.h"

#define LARGE 90000
#define NO_WINDOW "\0\4\0\0\0\0" // INITIAL_WINDOW_SIZE

static void test_a_reset_is_told_once(void **state)
{
    struct peer *peer = peer_new(NULL, 0);

    (void)state;
    peer_call(peer, 1, "/test/later"); // before it is a call
    peer_reset(peer, 1, NGHTTP2_CANCEL);
    peer_call(peer, 3, "/test/later"); // while it is one
    peer_message(peer, LAST, 3, "x");
    stage_wait(&stage.begun, 1);
    peer_reset(peer, 3, NGHTTP2_CANCEL);
    peer_reset(peer, 3, NGHTTP2_CANCEL);
    stage_wait(&stage.ended, 1);
    peer_call(peer, 5, "/test/echo"); // and after
    peer_message(peer, LAST, 5, "x");
    peer_wait_end(peer, 5);
    peer_reset(peer, 5, NGHTTP2_CANCEL);
    peer_wait_served(peer);
    assert_int_equal(stage.cancelled, 1);
    assert_int_equal(stage.begun, 2);
    peer_free(peer);
}

static void test_a_method_that_ends_after_its_connection(void **state)
{
    struct peer *peer = peer_new(NULL, 0);

    (void)state;
    stage.is_slow = true;
    peer_call(peer, 1, "/test/later");
    peer_message(peer, LAST, 1, "x");
    stage_wait(&stage.begun, 1);
    peer_close(peer);
    stage_wait(&stage.cancelled, 1);
    assert_int_equal(stage.ended, 0);
    assert_true(stage_answer());
    peer_free(peer);
    assert_int_equal(stage.cancelled, 1);
    assert_int_equal(stage.ended, 1);
}

static void test_many_calls_reset_at_once(void **state)
{
    struct peer *peer = peer_new(NULL, 0);

    (void)state;
    for (unsigned i = 0; i < 5000; i++) {
        peer_call(peer, 2 * i + 1, "/test/later");
        peer_message(peer, LAST, 2 * i + 1, "x");
        peer_reset(peer, 2 * i + 1, NGHTTP2_CANCEL);
    }
    peer_wait_served(peer);
    assert_int_equal(stage.ended, stage.begun);
    assert_int_equal(stage.cancelled, stage.begun);
    peer_free(peer);
}

static void test_a_flood_of_pings(void **state)
{
    struct peer *peer = peer_new(NULL, 0);

    (void)state;
    for (int i = 0; i < 2000; i++)
        peer_say(peer, PING, 0, 0, "12345678", 8);
    stage_wait(&peer->ping_acks, 2000);
    assert_int_equal(peer->goaways, 0);
    peer_free(peer);
}

static void test_a_reply_through_a_small_window(void **state)
{
    struct peer *peer = peer_new(NO_WINDOW, 6);
    const struct peer_stream *stream;

    (void)state;
    peer_call(peer, 1, "/test/large");
    peer_message(peer, LAST, 1, "90000");
    peer_wait_served(peer);
    peer_update(peer, 0, 1 << 20);
    for (size_t given = 0; given < 5 + LARGE; given += 997) {
        peer_update(peer, 1, 997);
        peer_wait_bytes(peer, 1, given + 997 < 5 + LARGE ? given + 997 : 5 + LARGE);
    }
    peer_wait_end(peer, 1);
    stream = peer_stream(peer, 1);
    assert_int_equal(stream->len, 5 + LARGE);
    for (size_t i = 0; i < LARGE; i++)
        assert_int_equal(stream->data[5 + i], stage_byte(i));
    peer_free(peer);
}

static void test_a_client_that_gives_no_window_and_goes(void **state)
{
    struct peer *peer = peer_new(NO_WINDOW, 6);

    (void)state;
    peer_call(peer, 1, "/test/large");
    peer_message(peer, LAST, 1, "90000");
    peer_call(peer, 3, "/test/stream");
    peer_message(peer, 0, 3, "never sent");
    peer_wait_served(peer);
    assert_true(stage.server->unread.bytes > LARGE);
    peer_close(peer);
    peer_free(peer);
    assert_int_equal(stage.unsent, 1);
    assert_int_equal(stage.ended, 2);
}

static void test_messages_of_a_stream(void **state)
{
    struct peer *peer = peer_new(NULL, 0);

    (void)state;
    peer_call(peer, 1, "/test/stream");
    peer_say(peer, DATA, 0, 1, "\0\0\0\0\1a\0\0\0\0\0\0\0\0\0\2b", 17); // two and a half
    peer_wait_bytes(peer, 1, 11);
    peer_say(peer, DATA, LAST, 1, "c", 1);
    peer_wait_end(peer, 1);
    assert_int_equal(peer_stream(peer, 1)->len, 18);
    assert_memory_equal(peer_stream(peer, 1)->data, "\0\0\0\0\1a\0\0\0\0\0\0\0\0\0\2bc", 18);
    assert_int_equal(stage.received, 3);
    assert_int_equal(stage.sent, 3);
    assert_int_equal(stage.at_end, 1);
    peer_free(peer);
}

// As many as fit a window, and most of them in one frame.
static void test_very_many_messages_of_a_stream(void **state)
{
    struct peer *peer = peer_new("\0\4\0\xff\0\0", 6);
    uint8_t much[6 * 2700];

    (void)state;
    for (size_t at = 0; at < sizeof(much); at += 6)
        memcpy(much + at, (uint8_t[]){0, 0, 0, 0, 1, (uint8_t)(at / 6)}, 6);
    peer_say(peer, SETTINGS, ACK, 0, "", 0);
    peer_update(peer, 0, 0xff0000);
    peer_call(peer, 1, "/test/stream");
    for (size_t sent = 0; sent < 60 * sizeof(much); sent += sizeof(much)) {
        peer_say(peer, DATA, 0, 1, much, sizeof(much));
        if (sent % (4 * sizeof(much)) == 0)
            peer_wait_served(peer);
    }
    peer_say(peer, DATA, LAST, 1, "", 0);
    peer_wait_end(peer, 1);
    assert_int_equal(stage.sent, 60 * 2700);
    assert_int_equal(peer_stream(peer, 1)->len, 60 * sizeof(much));
    for (size_t at = 0; at < 60 * sizeof(much); at++)
        assert_int_equal(peer_stream(peer, 1)->data[at], much[at % sizeof(much)]);
    peer_free(peer);
}

// As gRPC's core does it; whole, and byte by byte with other frames around it.
static void test_a_reset_of_a_call_that_did_not_begin(void **state)
{
    static const uint8_t reset[13] = {0, 0, 4, RESET, 0, 0, 0, 0, 5, 0, 0, 0, 8};
    struct peer *peer = peer_new(NULL, 0);

    (void)state;
    peer_call(peer, 1, "/test/later");
    peer_message(peer, LAST, 1, "there");
    peer_reset(peer, 3, NGHTTP2_CANCEL);
    for (size_t i = 0; i < sizeof(reset); i++) {
        peer_raw(peer, reset + i, 1);
        stage_turn();
    }
    peer_call(peer, 7, "/test/echo");
    peer_message(peer, LAST, 7, "goes on");
    peer_wait_end(peer, 7);
    assert_int_equal(peer_stream(peer, 7)->len, 5 + 7);
    peer_reset(peer, 1, NGHTTP2_CANCEL); // one that did is told of
    stage_wait(&stage.cancelled, 1);
    assert_int_equal(peer->goaways, 0);
    peer_free(peer);
}

// A stream's method hears only that there is no more; its client, why.
static void test_messages_of_a_stream_that_are_none(void **state)
{
    static const struct {
        const char *sent, *status;
    } cases[] = {{"\0\0\x20\0\0", "grpc-status=8;"}, {"\1\0\0\0\0", "grpc-status=13;"}};
    struct peer *peer = peer_new(NULL, 0);

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        unsigned id = 1 + 2 * i;

        peer_call(peer, id, "/test/stream");
        peer_say(peer, DATA, 0, id, cases[i].sent, 5);
        peer_wait_end(peer, id);
        assert_non_null(strstr(peer_stream(peer, id)->headers, cases[i].status));
    }
    assert_int_equal(stage.at_end, 2);
    peer_free(peer);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, stage_set_up, stage_tear_down)
    const struct CMUnitTest tests[] = {
        CASE(test_a_reset_is_told_once),
        CASE(test_a_method_that_ends_after_its_connection),
        CASE(test_many_calls_reset_at_once),
        CASE(test_a_flood_of_pings),
        CASE(test_a_reply_through_a_small_window),
        CASE(test_a_client_that_gives_no_window_and_goes),
        CASE(test_a_reset_of_a_call_that_did_not_begin),
        CASE(test_messages_of_a_stream),
        CASE(test_very_many_messages_of_a_stream),
        CASE(test_messages_of_a_stream_that_are_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
