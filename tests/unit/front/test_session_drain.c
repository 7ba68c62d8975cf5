// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A server that goes, as its clients see it: told twice, served until then. And what is streamed meanwhile: watches of
// health, questions of reflection.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "session_peer.h"
#include "session_stage.h"

#define ANY_MORE INT32_MAX // the last stream of the first GOAWAY
#define PATIENCE_MS 8000
#define LIMIT_MS 45000
#define PARTING_MS 200 // as in server_drain.c
#define WATCH "/grpc.health.v1.Health/Watch"
#define REFLECTION "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"
#define SERVING "\0\0\0\0\2\10\1"
#define NOT_SERVING "\0\0\0\0\2\10\2"
#define UNKNOWN "\0\0\0\0\2\10\3"
#define GOING ";grpc-status=14;grpc-message=the server is going down;"

static void expect_served(struct peer *peer, unsigned id)
{
    peer_wait_end(peer, id);
    assert_non_null(strstr(peer_stream(peer, id)->headers, ";grpc-status=0;"));
}

static void echo(struct peer *peer, unsigned id)
{
    peer_call(peer, id, "/test/echo");
    peer_message(peer, LAST, id, "x");
}

static void test_calls_until_the_second_goaway(void **state)
{
    struct peer *peer = *state;

    peer_call(peer, 1, "/test/later");
    peer_message(peer, LAST, 1, "under way");
    stage_wait(&stage.begun, 1);
    stage_drain(PATIENCE_MS, LIMIT_MS);
    peer_wait_goaway(peer, 1, ANY_MORE, NGHTTP2_NO_ERROR);
    echo(peer, 3); // between the two
    expect_served(peer, 3);
    stage_pass(PATIENCE_MS); // which is for clients that have no calls
    peer_wait_served(peer);
    assert_int_equal(peer->goaways, 1);
    stage_pass(LIMIT_MS - PATIENCE_MS);
    peer_wait_goaway(peer, 2, 3, NGHTTP2_NO_ERROR);
    echo(peer, 5); // too late: by the number above, its client knows that nobody has seen it
    peer_wait_served(peer);
    assert_int_equal(peer_stream(peer, 5)->blocks + peer_stream(peer, 5)->resets, 0);
    assert_int_equal(stage.begun, 2);
    assert_int_equal(peer->over, 0);
    assert_true(stage_answer());
    expect_served(peer, 1);
    assert_int_equal(peer_stream(peer, 1)->len, 5 + 9);
    peer_wait_over(peer);
    assert_int_equal(peer->goaways, 2);
    stage_wait(&stage.stopped, 1);
}

static void test_a_client_that_stays_without_calls(void **state)
{
    struct peer *peer = *state;

    echo(peer, 1);
    expect_served(peer, 1);
    stage_drain(PATIENCE_MS, LIMIT_MS);
    peer_wait_goaway(peer, 1, ANY_MORE, NGHTTP2_NO_ERROR);
    stage_pass(PATIENCE_MS - 1);
    echo(peer, 3); // after which its patience begins anew
    expect_served(peer, 3);
    stage_pass(PATIENCE_MS - 1);
    peer_wait_served(peer);
    assert_int_equal(peer->goaways, 1);
    stage_pass(1);
    peer_wait_goaway(peer, 2, 3, NGHTTP2_NO_ERROR);
    peer_wait_over(peer);
    stage_wait(&stage.stopped, 1);
}

static void test_a_client_that_goes_when_it_is_told(void **state)
{
    struct peer *peer = *state;

    peer_call(peer, 1, "/test/later");
    peer_message(peer, LAST, 1, "x");
    stage_wait(&stage.begun, 1);
    stage_drain(PATIENCE_MS, LIMIT_MS);
    peer_wait_goaway(peer, 1, ANY_MORE, NGHTTP2_NO_ERROR);
    assert_true(stage_answer());
    expect_served(peer, 1);
    assert_int_equal(stage.stopped, 0);
    peer_close(peer);
    stage_wait(&stage.stopped, 1); // no time has passed
}

// Its connection was under way when the drain began.
static void test_a_client_that_comes_late(void **state)
{
    struct peer *late;

    (void)state;
    stage_drain(PATIENCE_MS, LIMIT_MS);
    late = peer_new(NULL, 0);
    peer_wait_goaway(late, 1, ANY_MORE, NGHTTP2_NO_ERROR);
    echo(late, 1);
    expect_served(late, 1);
    peer_free(late);
}

// Its method hasn't heard of it, and never will.
static void test_a_call_that_is_never_whole(void **state)
{
    struct peer *peer = *state;

    peer_call(peer, 1, "/test/echo");
    peer_wait_served(peer);
    stage_drain(PATIENCE_MS, LIMIT_MS);
    stage_pass(PATIENCE_MS);
    peer_wait_goaway(peer, 2, 1, NGHTTP2_NO_ERROR);
    stage_pass(PARTING_MS);
    peer_wait_over(peer);
    assert_int_equal(stage.stopped, 1);
}

static void test_a_stream_whose_client_says_nothing(void **state)
{
    struct peer *peer = *state;

    peer_call(peer, 1, REFLECTION);
    peer_say(peer, DATA, 0, 1, "\0\0\0\0\2\x3a", 6); // not whole
    peer_call(peer, 3, WATCH);
    peer_wait_served(peer);
    stage_drain(PATIENCE_MS, LIMIT_MS);
    stage_pass(LIMIT_MS);
    for (unsigned id = 1; id <= 3; id += 2) {
        peer_wait_end(peer, id);
        assert_non_null(strstr(peer_stream(peer, id)->headers, GOING));
    }
    peer_wait_over(peer);
    stage_wait(&stage.stopped, 1);
}

static void expect_states(struct peer *peer, unsigned id, const char *states, size_t len)
{
    peer_wait_bytes(peer, id, len);
    assert_int_equal(peer_stream(peer, id)->len, len);
    assert_memory_equal(peer_stream(peer, id)->data, states, len);
}

static void test_watches_of_health(void **state)
{
    struct peer *peer = *state;

    peer_call(peer, 1, WATCH);
    peer_message(peer, LAST, 1, "");
    expect_states(peer, 1, SERVING, 7);
    peer_call(peer, 3, WATCH);
    peer_message(peer, LAST, 3, "\n\6Nobody");
    expect_states(peer, 3, UNKNOWN, 7);
    stage_set_ready(false);
    expect_states(peer, 1, SERVING NOT_SERVING, 7);
    stage_set_ready(false); // no change
    stage_set_ready(true);
    expect_states(peer, 1, SERVING NOT_SERVING SERVING, 7);
    peer_reset(peer, 1, NGHTTP2_CANCEL);
    stage_wait(&stage.ended, 1);
    stage_set_ready(false); // nobody is told
    peer_wait_served(peer);
    assert_int_equal(peer_stream(peer, 1)->len, 21);
    assert_int_equal(peer_stream(peer, 3)->len, 7);
    assert_int_equal(peer_stream(peer, 1)->ended + peer_stream(peer, 3)->ended, 0);
    peer_reset(peer, 3, NGHTTP2_CANCEL);
    stage_wait(&stage.ended, 2);
}

// They don't hold up anybody: their clients watch elsewhere then.
static void test_watches_of_health_end_with_the_server(void **state)
{
    struct peer *peer = *state;

    peer_call(peer, 1, WATCH);
    peer_message(peer, 0, 1, "\n\7Predict");
    expect_states(peer, 1, SERVING, 7);
    peer_call(peer, 3, WATCH);
    peer_message(peer, LAST, 3, "\n\6Nobody");
    expect_states(peer, 3, UNKNOWN, 7);
    stage_drain(PATIENCE_MS, LIMIT_MS);
    peer_wait_end(peer, 1);
    peer_wait_end(peer, 3);
    expect_states(peer, 1, SERVING NOT_SERVING, 14);
    expect_states(peer, 3, UNKNOWN, 7);
    assert_non_null(strstr(peer_stream(peer, 1)->headers, GOING));
    assert_non_null(strstr(peer_stream(peer, 3)->headers, GOING));
    peer_call(peer, 5, WATCH); // of one that goes
    peer_message(peer, LAST, 5, "");
    peer_wait_end(peer, 5);
    expect_states(peer, 5, NOT_SERVING, 7);
    stage_pass(PATIENCE_MS);
    peer_wait_over(peer);
    stage_wait(&stage.stopped, 1);
}

static bool has(const struct peer_stream *stream, const char *text)
{
    return memmem(stream->data, stream->len, text, strlen(text)) != NULL;
}

static void test_questions_of_reflection(void **state)
{
    static const char asked[] = "\0\0\0\0\2\x3a\0"             // which services there are
                                "\0\0\0\0\x0a\x1a\x08no.proto" // a file
                                "\0\0\0\0\1\xff"               // nothing
                                "\0\0\0\0\x09\x22\x07Predict"; // a symbol, the last byte of which comes later
    struct peer *peer = *state;

    peer_call(peer, 1, REFLECTION);
    peer_say(peer, DATA, 0, 1, asked, 7);
    stage_wait(&peer_stream(peer, 1)->frames, 0);
    peer_wait_bytes(peer, 1, 7);
    assert_true(has(peer_stream(peer, 1), "grpc.health.v1.Health"));
    peer_say(peer, DATA, 0, 1, asked + 7, sizeof(asked) - 9);
    peer_wait_served(peer);
    assert_true(has(peer_stream(peer, 1), "no such file"));
    assert_true(has(peer_stream(peer, 1), "asks for nothing that is known"));
    assert_false(has(peer_stream(peer, 1), "InferSlateWise"));
    peer_say(peer, DATA, LAST, 1, "t", 1);
    expect_served(peer, 1);
    assert_true(has(peer_stream(peer, 1), "InferSlateWise"));
    peer_call(peer, 3, REFLECTION);
    peer_say(peer, DATA, 0, 3, asked, 7);
    peer_wait_bytes(peer, 3, 7);
    peer_reset(peer, 3, NGHTTP2_CANCEL);
    stage_wait(&stage.ended, 2);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, peer_set_up_held, peer_tear_down)
    const struct CMUnitTest tests[] = {
        CASE(test_calls_until_the_second_goaway),
        CASE(test_a_client_that_stays_without_calls),
        CASE(test_a_client_that_goes_when_it_is_told),
        CASE(test_a_client_that_comes_late),
        CASE(test_a_call_that_is_never_whole),
        CASE(test_a_stream_whose_client_says_nothing),
        CASE(test_watches_of_health),
        CASE(test_watches_of_health_end_with_the_server),
        CASE(test_questions_of_reflection),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
