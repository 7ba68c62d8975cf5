// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Links: that calls go out on them, that no call is lost where the channel would lose none, and that they come and go
// with their backend.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <sys/socket.h>
#include <inferd/status.h>
#include "fixture.h"
#include "rpc/link_inner.h"
#include "rpc/pool.h"
#include "rpc/tune.h"

static struct link *link_of(const struct fixture *fixture)
{
    return fixture->kept->channel->link;
}

static bool is_unlinked(void *fixture)
{
    return !fixture_is_linked(fixture);
}

static void expect_echo(struct fixture *fixture)
{
    struct answer answer = call_and_wait(fixture, "/test.T/Echo", "hello", 5);

    assert_string_equal(answer.detail, "");
    assert_int_equal(answer.reply_len, 5);
    assert_memory_equal(answer.reply, "hello", 5);
    answer_free(&answer);
}

static void test_calls_take_the_link_and_not_the_channel(void **state)
{
    struct fixture *fixture = *state;

    for (int i = 0; i < 3; i++)
        expect_echo(fixture);
    assert_int_equal(backend_served(fixture->backend), 3);
    assert_int_equal(grpc_channel_check_connectivity_state(fixture->kept->channel->grpc, 0), GRPC_CHANNEL_IDLE);
    assert_int_equal(link_of(fixture)->lines[0]->calls, 0);
}

// gRPC's own server drops calls that arrive between its goodbye and our reading it, on a channel as well.
static void call_until_goodbye(struct fixture *fixture)
{
    struct answer answer;
    int status;

    do {
        answer = call_and_wait(fixture, "/test.T/Echo", "x", 1);
        status = answer.status;
        answer_free(&answer);
        assert_true(status == INFERD_OK || status == INFERD_CANCELLED);
    } while (status != INFERD_OK);
}

// A backend that leaves in good order, with a call under way, while its successor listens already: a call that comes to
// the old connection never leaves and goes out again. If gRPC says this in other words one day, this fails.
static void test_a_backend_that_says_goodbye_loses_no_call(void **state)
{
    struct fixture *fixture = *state;
    struct rpc_method *method = open_method(fixture, "/test.T/Hang");
    struct answer hanging = {.fixture = fixture};
    const struct link_line *line = link_of(fixture)->lines[0];
    struct backend *old = fixture->backend;
    int port = backend_port(old);
    struct rpc_call *call = begin_call(method, "x", 1, INT64_MAX, &hanging);

    expect_echo(fixture);
    backend_drain(old);
    while ((fixture->backend = backend_start(port, NULL)) == NULL) { // the old one's socket closes in a moment
    }
    call_until_goodbye(fixture);
    assert_true(atomic_load(&line->dropped));
    while (backend_served(fixture->backend) < 100)
        expect_echo(fixture);
    assert_false(hanging.done); // its connection lasts as long as it does
    rpc_call_cancel(call);
    loop_run(fixture->loop);
    assert_int_equal(hanging.status, INFERD_CANCELLED);
    answer_free(&hanging);
    rpc_method_close(method);
    backend_stop(old);
    serve_until(fixture, fixture_is_linked, fixture);
    expect_echo(fixture);
}

static void test_an_idle_backend_that_vanishes_is_noticed(void **state)
{
    struct fixture *fixture = *state;
    int port = backend_port(fixture->backend);

    backend_stop(fixture->backend);
    fixture->backend = NULL;
    serve_until(fixture, is_unlinked, fixture);
    fixture->backend = backend_start(port, NULL);
    assert_non_null(fixture->backend);
    serve_until(fixture, fixture_is_linked, fixture);
    expect_echo(fixture);
}

// Something listens and never accepts in earnest: the link stays down or its calls end by their deadline, as on the
// channel; and all of it can be closed in the middle.
static void test_a_peer_that_says_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(place);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct rpc_method_options options = {.path = "/test.T/Echo"};
    struct answer answer = {.fixture = fixture};
    struct rpc_method *method;
    char address[64], error[256];

    assert_int_equal(bind(listener, (struct sockaddr *)&place, size), 0);
    assert_int_equal(listen(listener, 4), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&place, &size), 0);
    snprintf(address, sizeof(address), "127.0.0.1:%d", ntohs(place.sin_port));
    options.address = address;
    method = rpc_method_open(fixture->pool, &options, error, sizeof(error));
    assert_non_null(method);
    assert_non_null(begin_call(method, "x", 1, loop_now_us(fixture->loop) + 50000, &answer));
    loop_run(fixture->loop);
    assert_int_equal(answer.status, INFERD_DEADLINE_EXCEEDED);
    answer_free(&answer);
    rpc_method_close(method);
    close(listener);
    expect_echo(fixture);
}

static void test_links_close_while_they_connect(void **state)
{
    struct fixture *fixture = *state;

    for (int i = 0; i < 200; i++) {
        const struct rpc_method_options options = {.address = i % 2 ? "localhost:1" : "127.0.0.1:1", .path = "/a.B/C"};
        char error[256];
        struct rpc_method *method = rpc_method_open(fixture->pool, &options, error, sizeof(error));

        assert_non_null(method);
        rpc_method_close(method);
    }
    expect_echo(fixture);
}

static void test_names_lead_to_all_their_addresses(void **state)
{
    struct fixture *fixture = *state;
    struct rpc_method_options options = {.path = "/test.T/Echo"};
    struct rpc_method *method, *kept = fixture->kept;
    char address[64], error[256];

    snprintf(address, sizeof(address), "localhost:%d", backend_port(fixture->backend));
    options.address = address;
    method = rpc_method_open(fixture->pool, &options, error, sizeof(error));
    assert_non_null(method);
    fixture->kept = method;
    serve_until(fixture, fixture_is_linked, fixture);
    fixture->kept = kept;
    rpc_method_close(method);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_setup_linked, fixture_teardown)
    const struct CMUnitTest tests[] = {
        CASE(test_calls_take_the_link_and_not_the_channel),  CASE(test_a_backend_that_says_goodbye_loses_no_call),
        CASE(test_an_idle_backend_that_vanishes_is_noticed), CASE(test_a_peer_that_says_nothing),
        CASE(test_links_close_while_they_connect),           CASE(test_names_lead_to_all_their_addresses),
    };

    alarm(120);
    rpc_tune_process();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
