// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Unary calls against a real server: what comes back, what goes wrong, what is sent.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/clock.h"
#include "fixture.h"
#include "rpc/pool.h"
#include "rpc/tune.h"

#define MANY 10000
#define AT_ONCE 100

static void test_echo(void **state)
{
    struct answer answer = call_and_wait(*state, "/test.T/Echo", "hello", 5);

    assert_int_equal(answer.status, 0);
    assert_string_equal(answer.detail, "");
    assert_int_equal(answer.reply_len, 5);
    assert_memory_equal(answer.reply, "hello", 5);
    answer_free(&answer);
}

static atomic_int crashes_blocked = -1; // of SIGSEGV and the like: those that the queue's thread has blocked

static void look_at_mask(void)
{
    const int crashes[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS};
    sigset_t blocked;
    int count = 0;

    pthread_sigmask(SIG_SETMASK, NULL, &blocked);
    for (size_t i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++)
        count += sigismember(&blocked, crashes[i]);
    atomic_store(&crashes_blocked, count);
}

// Runs go on on the queue's thread, too: who crashes there has last words, and a signal that is sent isn't left lying.
static void test_crashes_on_the_queues_thread_are_heard(void **state)
{
    struct fixture *fixture = *state;

    loop_on_join(fixture->loop, look_at_mask);
    while (atomic_load(&crashes_blocked) < 0) {
        struct answer answer = call_and_wait(fixture, "/test.T/Echo", "x", 1);

        answer_free(&answer);
    }
    assert_int_equal(atomic_load(&crashes_blocked), 0);
}

static void test_codes_come_with_place_and_message(void **state)
{
    struct fixture *fixture = *state;
    char request[16], expected[128];

    snprintf(expected, sizeof(expected), "backend %s /test.T/Fail: because", fixture->address);
    for (int code = 1; code <= 16; code++) {
        struct answer answer;

        snprintf(request, sizeof(request), "%cbecause", code);
        answer = call_and_wait(fixture, "/test.T/Fail", request, 8);
        assert_int_equal(answer.status, code);
        assert_string_equal(answer.detail, expected);
        assert_int_equal(answer.reply_len, 0);
        answer_free(&answer);
    }
}

static void test_a_reply_of_no_bytes_is_one(void **state)
{
    struct answer answer = call_and_wait(*state, "/test.T/Empty", "x", 1);

    assert_int_equal(answer.status, 0);
    assert_int_equal(answer.reply_len, 0);
    answer_free(&answer);

    answer = call_and_wait(*state, "/test.T/Echo", "", 0); // and a request of none
    assert_int_equal(answer.status, 0);
    assert_int_equal(answer.reply_len, 0);
    answer_free(&answer);
}

static void test_success_without_a_reply_is_an_error(void **state)
{
    struct answer answer = call_and_wait(*state, "/test.T/Nothing", "x", 1);

    assert_int_equal(answer.status, 13);
    assert_non_null(strstr(answer.detail, "/test.T/Nothing: ended well but without a reply"));
    answer_free(&answer);
}

static void test_unknown_method(void **state)
{
    struct answer answer = call_and_wait(*state, "/test.T/Other", "x", 1);

    assert_int_equal(answer.status, 12);
    assert_non_null(strstr(answer.detail, "no such method"));
    answer_free(&answer);
}

static void check_size(struct fixture *fixture, size_t size)
{
    char request[16];
    struct answer answer;

    snprintf(request, sizeof(request), "%zu", size);
    answer = call_and_wait(fixture, "/test.T/Size", request, strlen(request));
    assert_int_equal(answer.status, 0);
    assert_int_equal(answer.reply_len, size);
    for (size_t i = 0; i < size; i++)
        if (answer.reply[i] != (uint8_t)i)
            fail_msg("byte %zu of %zu is %u", i, size, answer.reply[i]);
    answer_free(&answer);
}

static void test_replies_of_any_size(void **state)
{
    // Around what fits into gRPC's slice struct, its pieces of reading, an HTTP/2 frame, and beyond the window.
    static const size_t sizes[] = {1, 22, 23, 24, 4096, 8187, 8192, 16384, 65535, 65536, 100000, 1 << 20, 5 << 20};

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        check_size(*state, sizes[i]);
}

static void test_a_large_request(void **state)
{
    size_t size = 5 << 20;
    uint8_t *request = malloc(size);
    struct answer answer;

    assert_non_null(request);
    for (size_t i = 0; i < size; i++)
        request[i] = (uint8_t)(i * 7);
    answer = call_and_wait(*state, "/test.T/Echo", request, size);
    assert_int_equal(answer.status, 0);
    assert_int_equal(answer.reply_len, size);
    assert_memory_equal(answer.reply, request, size);
    answer_free(&answer);
    free(request);
}

static void test_a_reply_beyond_the_limit(void **state)
{
    struct fixture *fixture = *state;
    struct answer answer;

    rpc_pool_limit_replies(fixture->pool, 100000);
    check_size(fixture, 100000);
    answer = call_and_wait(fixture, "/test.T/Size", "100001", 6);
    assert_int_equal(answer.status, 8);
    assert_non_null(strstr(answer.detail, "100000"));
    answer_free(&answer);
}

static bool gave_up(void *backend)
{
    return backend_given_up(backend) > 0;
}

static void hang_for(struct fixture *fixture, int64_t us)
{
    struct rpc_method *method = open_method(fixture, "/test.T/Hang");
    struct answer answer = {.fixture = fixture};
    int64_t deadline = clock_now_us() + us;

    assert_non_null(begin_call(method, "x", 1, deadline, &answer));
    loop_run(fixture->loop);
    assert_true(clock_now_us() >= deadline);
    assert_int_equal(answer.status, 4);
    assert_non_null(strstr(answer.detail, "/test.T/Hang: no reply within the time given"));
    answer_free(&answer);
    rpc_method_close(method);
}

static void test_deadline(void **state)
{
    struct fixture *fixture = *state;
    struct rpc_method *method = open_method(fixture, "/test.T/Echo"); // keeps the channel
    struct answer answer;

    // The backend is told; on a machine so busy that the call doesn't even reach it in time, it gets more.
    for (int64_t us = 30000; !gave_up(fixture->backend); us *= 2) {
        hang_for(fixture, us);
        answer = call_and_wait(fixture, "/test.T/Echo", "x", 1); // behind it on the same connection
        assert_int_equal(answer.status, 0);
        answer_free(&answer);
    }
    rpc_method_close(method);
}

static void test_a_deadline_in_the_past_sends_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct rpc_method *method = open_method(fixture, "/test.T/Echo");
    struct answer answer = {.fixture = fixture}, after;

    assert_non_null(begin_call(method, "x", 1, clock_now_us() - 1000000, &answer));
    assert_false(answer.done); // never from within the start
    loop_run(fixture->loop);
    assert_int_equal(answer.status, 4);
    answer_free(&answer);
    after = call_and_wait(fixture, "/test.T/Echo", "x", 1);
    assert_int_equal(after.status, 0);
    answer_free(&after);
    assert_int_equal(backend_served(fixture->backend), 1);
    rpc_method_close(method);
}

static void test_cancel_at_once(void **state)
{
    struct fixture *fixture = *state;
    struct rpc_method *method = open_method(fixture, "/test.T/Hang");
    struct answer answer = {.fixture = fixture};
    struct rpc_call *call = begin_call(method, "x", 1, INT64_MAX, &answer);

    rpc_call_cancel(call);
    rpc_call_cancel(call);
    assert_false(answer.done);
    loop_run(fixture->loop);
    assert_int_equal(answer.status, 1);
    answer_free(&answer);
    rpc_method_close(method);
}

static bool served_one(void *backend)
{
    return backend_served(backend) == 1;
}

static void test_cancel_while_the_backend_works(void **state)
{
    struct fixture *fixture = *state;
    struct rpc_method *method = open_method(fixture, "/test.T/Hang");
    struct answer answer = {.fixture = fixture};
    struct rpc_call *call = begin_call(method, "x", 1, INT64_MAX, &answer);

    serve_until(fixture, served_one, fixture->backend);
    assert_false(answer.done);
    rpc_call_cancel(call);
    loop_run(fixture->loop);
    assert_int_equal(answer.status, 1);
    serve_until(fixture, gave_up, fixture->backend);
    answer_free(&answer);
    rpc_method_close(method);
}

static bool asked_before(void *times)
{
    return (*(int *)times)++ > 0;
}

// Calls each millisecond until the status comes; the alarm ends what never does.
static void call_until(struct fixture *fixture, int status, const char *part)
{
    struct answer answer;

    for (;;) {
        int times = 0;

        answer = call_and_wait(fixture, "/test.T/Echo", "x", 1);
        if (answer.status == status)
            break;
        answer_free(&answer);
        serve_until(fixture, asked_before, &times);
    }
    assert_non_null(strstr(answer.detail, part));
    answer_free(&answer);
}

static void test_backend_goes_and_comes_back(void **state)
{
    struct fixture *fixture = *state;
    int port = backend_port(fixture->backend);
    struct rpc_method *method = open_method(fixture, "/test.T/Echo"); // keeps the channel
    char place[128];

    snprintf(place, sizeof(place), "backend %s /test.T/Echo: ", fixture->address);
    call_until(fixture, 0, "");
    for (int round = 0; round < 2; round++) {
        backend_stop(fixture->backend);
        fixture->backend = NULL;
        call_until(fixture, 14, place);
        fixture->backend = backend_start(port, NULL);
        assert_non_null(fixture->backend);
        call_until(fixture, 0, "");
    }
    rpc_method_close(method);
}

static void test_many_calls_reuse_their_memory(void **state)
{
    struct fixture *fixture = *state;
    struct rpc_method *method = open_method(fixture, "/test.T/Echo");
    static struct answer answers[AT_ONCE];
    size_t left;

    for (int round = 0; round < MANY / AT_ONCE; round++) {
        left = AT_ONCE;
        for (int i = 0; i < AT_ONCE; i++) {
            answers[i] = (struct answer){.fixture = fixture, .left = &left};
            assert_non_null(begin_call(method, &i, sizeof(i), clock_now_us() + 60000000, &answers[i]));
        }
        loop_run(fixture->loop);
        for (int i = 0; i < AT_ONCE; i++) {
            assert_int_equal(answers[i].status, 0);
            assert_int_equal(answers[i].reply_len, sizeof(i));
            assert_memory_equal(answers[i].reply, &i, sizeof(i));
            answer_free(&answers[i]);
        }
    }
    assert_int_equal(atomic_load(&fixture->pool->calls), AT_ONCE);
    assert_int_equal(fixture->pool->stocked, AT_ONCE);
    rpc_method_close(method);
}

struct kept {
    struct fixture *fixture;
    void *hold;
    struct inferd_bytes reply;
};

static void keep(void *user, struct rpc_result *result)
{
    struct kept *kept = user;

    assert_int_equal(result->status, 0);
    kept->hold = result->hold;
    kept->reply = result->reply;
    loop_stop(kept->fixture->loop);
}

static void *release(void *hold)
{
    rpc_release(hold);
    return NULL;
}

static void test_a_reply_outlives_call_and_method(void **state)
{
    struct fixture *fixture = *state;
    struct rpc_method *method = open_method(fixture, "/test.T/Echo");
    struct kept kept = {.fixture = fixture};
    uint8_t *message = rpc_message_new(100); // more room than is used in the end
    pthread_t thread;

    memcpy(message, "hello", 5);
    assert_non_null(rpc_call_start(method, message, 5, INT64_MAX, NULL, NULL, 0, keep, &kept));
    loop_run(fixture->loop);
    rpc_method_close(method);
    assert_int_equal(kept.reply.len, 5);
    assert_memory_equal(kept.reply.data, "hello", 5);
    assert_int_equal(pthread_create(&thread, NULL, release, kept.hold), 0); // in any thread
    assert_int_equal(pthread_join(thread, NULL), 0);

    message = rpc_message_new(5);
    memcpy(message, "again", 5);
    method = open_method(fixture, "/test.T/Echo");
    assert_non_null(rpc_call_start(method, message, 5, INT64_MAX, NULL, NULL, 0, keep, &kept));
    loop_run(fixture->loop);
    rpc_method_close(method);
    assert_int_equal(atomic_load(&fixture->pool->calls), 1); // the one given back by the other thread
    rpc_release(kept.hold);
    rpc_release(NULL);
    rpc_message_drop(rpc_message_new(0));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
#define ON_A_LINK(name)                                                                                                \
    {                                                                                                                  \
#name "_on_a_link", name, fixture_setup_linked, fixture_teardown, NULL                                         \
    }
    const struct CMUnitTest tests[] = {
        CASE(test_echo),
        CASE(test_crashes_on_the_queues_thread_are_heard),
        CASE(test_codes_come_with_place_and_message),
        CASE(test_a_reply_of_no_bytes_is_one),
        CASE(test_success_without_a_reply_is_an_error),
        CASE(test_unknown_method),
        CASE(test_replies_of_any_size),
        CASE(test_a_large_request),
        CASE(test_a_reply_beyond_the_limit),
        CASE(test_deadline),
        CASE(test_a_deadline_in_the_past_sends_nothing),
        CASE(test_cancel_at_once),
        CASE(test_cancel_while_the_backend_works),
        CASE(test_backend_goes_and_comes_back),
        CASE(test_many_calls_reuse_their_memory),
        CASE(test_a_reply_outlives_call_and_method),
        ON_A_LINK(test_echo),
        ON_A_LINK(test_codes_come_with_place_and_message),
        ON_A_LINK(test_a_reply_of_no_bytes_is_one),
        ON_A_LINK(test_success_without_a_reply_is_an_error),
        ON_A_LINK(test_unknown_method),
        ON_A_LINK(test_replies_of_any_size),
        ON_A_LINK(test_a_large_request),
        ON_A_LINK(test_deadline),
        ON_A_LINK(test_a_deadline_in_the_past_sends_nothing),
        ON_A_LINK(test_cancel_at_once),
        ON_A_LINK(test_cancel_while_the_backend_works),
        ON_A_LINK(test_backend_goes_and_comes_back),
        ON_A_LINK(test_many_calls_reuse_their_memory),
    };

    alarm(120);
    rpc_tune_process();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
