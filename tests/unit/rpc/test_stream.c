// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Streams against a real server: messages both ways in order, ends from either side.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "fixture.h"
#include "rpc/stream.h"

#define MANY 1000

struct watch {
    struct fixture *fixture;
    struct rpc_stream *stream;
    unsigned sent, received, ends;
    size_t bytes;
    int status;
    char detail[256];
    void (*on_message)(struct watch *watch, struct inferd_bytes message);
};

static void on_message(void *user, struct inferd_bytes message)
{
    struct watch *watch = user;

    assert_int_equal(watch->ends, 0);
    watch->received++;
    watch->bytes += message.len;
    watch->on_message(watch, message);
}

static void on_end(void *user, int status, struct inferd_bytes detail)
{
    struct watch *watch = user;

    watch->ends++;
    watch->status = status;
    snprintf(watch->detail, sizeof(watch->detail), "%.*s", (int)detail.len, (const char *)detail.data);
    loop_stop(watch->fixture->loop);
}

static bool send_bytes(struct watch *watch, const void *data, size_t len)
{
    uint8_t *message = rpc_message_new(len);

    memcpy(message, data, len);
    return rpc_stream_send(watch->stream, message, len);
}

static bool send_text(struct watch *watch, const char *text)
{
    return send_bytes(watch, text, strlen(text));
}

static void open_stream(struct fixture *fixture, struct watch *watch, const char *path)
{
    const struct rpc_stream_user user = {on_message, on_end, watch};
    struct rpc_method *method = open_method(fixture, path);

    watch->fixture = fixture;
    watch->stream = rpc_stream_open(method, NULL, 0, &user);
    assert_non_null(watch->stream);
    rpc_method_close(method); // the stream keeps it
}

static void expect_next_number(struct watch *watch, struct inferd_bytes message)
{
    unsigned number;

    assert_int_equal(message.len, sizeof(number));
    memcpy(&number, message.data, sizeof(number));
    assert_int_equal(number + 1, watch->received);
    if (watch->received == MANY)
        assert_true(send_text(watch, "end:enough"));
}

static void test_messages_keep_their_order(void **state)
{
    struct fixture *fixture = *state;
    struct watch watch = {.on_message = expect_next_number};

    open_stream(fixture, &watch, "/test.T/Stream");
    for (unsigned i = 0; i < MANY; i++) // all at once, before there is a connection
        assert_true(send_bytes(&watch, &i, sizeof(i)));
    loop_run(fixture->loop);
    assert_int_equal(watch.received, MANY);
    assert_int_equal(watch.ends, 1);
    assert_int_equal(watch.status, 10);
    assert_memory_equal(watch.detail, "backend 127.0.0.1:", 18);
    assert_non_null(strstr(watch.detail, "/test.T/Stream: enough"));
}

static void cancel_on_third(struct watch *watch, struct inferd_bytes message)
{
    (void)message;
    if (watch->received == 3)
        rpc_stream_cancel(watch->stream);
    else
        assert_true(send_text(watch, "more"));
}

static void test_cancel_from_a_callback(void **state)
{
    struct fixture *fixture = *state;
    struct watch watch = {.on_message = cancel_on_third};

    open_stream(fixture, &watch, "/test.T/Stream");
    assert_true(send_text(&watch, "first"));
    loop_run(fixture->loop);
    assert_int_equal(watch.received, 3);
    assert_int_equal(watch.ends, 1);
    assert_int_equal(watch.status, 1);
}

static void unexpected(struct watch *watch, struct inferd_bytes message)
{
    (void)watch;
    fail_msg("a message of %zu bytes came", message.len);
}

// gRPC works beside us, so what was sent before may be on its way back already.
static void the_first_only(struct watch *watch, struct inferd_bytes message)
{
    assert_int_equal(watch->received, 1);
    assert_int_equal(message.len, 5);
    assert_memory_equal(message.data, "first", 5);
}

static void test_cancel_at_once(void **state)
{
    struct fixture *fixture = *state;
    struct watch watch = {.on_message = the_first_only};

    open_stream(fixture, &watch, "/test.T/Stream");
    assert_true(send_text(&watch, "first"));
    rpc_stream_cancel(watch.stream);
    send_text(&watch, "nor this"); // taken over in any case
    loop_run(fixture->loop);
    assert_int_equal(watch.ends, 1);
    assert_int_equal(watch.status, 1);
}

static void test_an_unknown_method_ends(void **state)
{
    struct fixture *fixture = *state;
    struct watch watch = {.on_message = unexpected};

    open_stream(fixture, &watch, "/test.T/Other");
    assert_true(send_text(&watch, "x"));
    loop_run(fixture->loop);
    assert_int_equal(watch.ends, 1);
    assert_int_equal(watch.status, 12);
}

static void stop_backend(struct watch *watch, struct inferd_bytes message)
{
    (void)message;
    backend_stop(watch->fixture->backend);
    watch->fixture->backend = NULL;
}

static void test_a_backend_that_goes_ends_it(void **state)
{
    struct fixture *fixture = *state;
    struct watch watch = {.on_message = stop_backend};

    open_stream(fixture, &watch, "/test.T/Stream");
    assert_true(send_text(&watch, "x"));
    loop_run(fixture->loop);
    assert_int_equal(watch.ends, 1);
    assert_int_not_equal(watch.status, 0);

    watch = (struct watch){.on_message = unexpected}; // and one that isn't there, too
    open_stream(fixture, &watch, "/test.T/Stream");
    loop_run(fixture->loop);
    assert_int_equal(watch.ends, 1);
    assert_int_equal(watch.status, 14);
}

static void end_after_megabytes(struct watch *watch, struct inferd_bytes message)
{
    for (size_t i = 0; i < message.len; i += 4093)
        assert_int_equal(message.data[i], (uint8_t)i);
    if (watch->received == 4)
        assert_true(send_text(watch, "end:"));
}

static void test_large_messages(void **state)
{
    struct fixture *fixture = *state;
    struct watch watch = {.on_message = end_after_megabytes};
    size_t size = 3 << 20;
    uint8_t *data = malloc(size);

    assert_non_null(data);
    for (size_t i = 0; i < size; i++)
        data[i] = (uint8_t)i;
    open_stream(fixture, &watch, "/test.T/Stream");
    for (int i = 0; i < 4; i++)
        assert_true(send_bytes(&watch, data, size));
    loop_run(fixture->loop);
    assert_int_equal(watch.bytes, 4 * size);
    assert_int_equal(watch.status, 10);
    free(data);
}

static void test_a_malformed_extra_header_ends_it(void **state)
{
    struct fixture *fixture = *state;
    struct watch watch = {.on_message = unexpected, .fixture = fixture};
    const struct rpc_stream_user user = {on_message, on_end, &watch};
    const struct rpc_header extra = {"token", "line\nbreak"};
    struct rpc_method *method = open_method(fixture, "/test.T/Stream");

    watch.stream = rpc_stream_open(method, &extra, 1, &user);
    assert_non_null(watch.stream);
    rpc_method_close(method);
    loop_run(fixture->loop);
    assert_int_equal(watch.ends, 1);
    assert_int_equal(watch.status, 13);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        CASE(test_messages_keep_their_order),
        CASE(test_cancel_from_a_callback),
        CASE(test_cancel_at_once),
        CASE(test_an_unknown_method_ends),
        CASE(test_large_messages),
        CASE(test_a_malformed_extra_header_ends_it),
        CASE(test_a_backend_that_goes_ends_it),
    };

    alarm(120);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
