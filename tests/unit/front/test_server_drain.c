// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// How long a server that drains waits for clients of HTTP/1.1: for those that ask, and for those that don't.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/magic.h"
#include "front/http.h"
#include "session_stage.h"

#define FOR_EVER 600000 // milliseconds
#define ASK "GET /life HTTP/1.1\r\nHost: x\r\n\r\n"
#define BEGIN "POST /life HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbo"

static struct http_server *http;

static void life(struct http_request *request, void *user)
{
    (void)user;
    http_reply(request, 200, NULL, "true", 4);
}

static const struct http_route routes[] = {{"GET", "/life", false, life, NULL}, {"POST", "/life", false, life, NULL}};

static int setup(void **state)
{
    const struct http_options options = {.routes = routes, .route_count = 2};
    char error[256];

    (void)state;
    stage_open(0);
    http = http_start(&options, error, sizeof(error));
    ALWAYS(http);
    front_server_join_http(stage.server, http);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    front_server_join_http(stage.server, NULL);
    http_stop(http);
    stage_close();
    return 0;
}

static int connect_client(void)
{
    int ends[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    assert_true(http_add_relayed(http, ends[1], NULL));
    return ends[0];
}

static void say(int client, const char *text)
{
    assert_int_equal(send(client, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

// The reply, which is whole when it has its body; "": the end.
static const char *hear(int client)
{
    static char reply[4096];
    size_t len = 0;
    ssize_t got = 1;

    reply[0] = '\0';
    while (got > 0 && !strstr(reply, "\r\n\r\ntrue")) {
        got = recv(client, reply + len, sizeof(reply) - 1 - len, 0);
        len += got > 0 ? (size_t)got : 0;
        reply[len] = '\0';
    }
    return reply;
}

static void hear_last(int client)
{
    const char *reply = hear(client);

    assert_non_null(strstr(reply, "HTTP/1.1 200 "));
    assert_non_null(strstr(reply, "\r\nConnection: close\r\n"));
    assert_string_equal(hear(client), "");
    close(client);
}

static unsigned rung;

static void ring(struct loop_timer *timer)
{
    (void)timer;
    rung++;
    stage_look();
}

// Until all that was to be done by now is done, several times over.
static void wait_some(void)
{
    struct loop_timer bell = {.fn = ring};

    for (unsigned i = 0; i < 5; i++) {
        assert_true(loop_timer_arm(stage.loop, &bell, loop_now_us(stage.loop) + 2000));
        stage_wait(&rung, rung + 1);
    }
}

static void test_without_clients_it_is_over(void **state)
{
    (void)state;
    stage_drain(FOR_EVER, FOR_EVER);
    stage_wait(&stage.stopped, 1);
}

static void test_it_is_over_when_they_have_gone(void **state)
{
    int asks = connect_client(), leaves = connect_client();

    (void)state;
    say(asks, ASK);
    assert_null(strstr(hear(asks), "Connection:"));
    stage_drain(FOR_EVER, FOR_EVER);
    wait_some();
    say(asks, ASK);
    hear_last(asks);
    wait_some();
    assert_int_equal(stage.stopped, 0);
    close(leaves);
    stage_wait(&stage.stopped, 1);
}

static void test_who_asks_for_nothing_is_waited_for_with_patience(void **state)
{
    int idle = connect_client();

    (void)state;
    say(idle, ASK);
    hear(idle);
    stage_drain(1, FOR_EVER);
    stage_wait(&stage.stopped, 1);
    assert_string_equal(hear(idle), "");
    assert_int_equal(http_connections(http), 0);
    close(idle);
}

static void test_a_request_that_has_begun_is_waited_for_longer(void **state)
{
    int slow = connect_client(), idle = connect_client();

    (void)state;
    say(slow, BEGIN);
    while (http_requests(http) == 0)
        ;
    stage_drain(1, FOR_EVER);
    wait_some();
    assert_int_equal(stage.stopped, 0);
    say(slow, "dy");
    hear_last(slow);
    stage_wait(&stage.stopped, 1);
    assert_string_equal(hear(idle), "");
    close(idle);
}

static void test_but_not_for_ever(void **state)
{
    int slow = connect_client();

    (void)state;
    say(slow, BEGIN);
    while (http_requests(http) == 0)
        ;
    stage_drain(1, 5);
    stage_wait(&stage.stopped, 1);
    assert_int_equal(http_requests(http), 1);
    close(slow);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(test_without_clients_it_is_over),
        CASE(test_it_is_over_when_they_have_gone),
        CASE(test_who_asks_for_nothing_is_waited_for_with_patience),
        CASE(test_a_request_that_has_begun_is_waited_for_longer),
        CASE(test_but_not_for_ever),
    };

    alarm(120);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
