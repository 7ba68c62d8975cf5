// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The mux on real sockets. The tests own the poller: a step serves what is there, a run waits for the next thing that
// the mux does.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <sys/resource.h>
#include "client.h"
#include "base/clock.h"
#include "process/counters.h"
#include "process/listener.h"
#include "process/mux.h"
#include "process/poller.h"

#define STUCK 500
#define MANY 600

struct bench {
    struct poller poller;
    struct listener listener, tls;
    struct process_counters counters;
    struct mux *mux;
    struct poller_timer step;
    // of the connection routed last
    int routed;
    int fd;
    enum mux_protocol protocol;
    struct sockaddr_in peer;
};

static struct bench bench;

static void route(void *user, int fd, enum mux_protocol protocol, const struct sockaddr *peer, socklen_t peer_len)
{
    struct bench *its = user;

    its->routed++;
    its->fd = fd;
    its->protocol = protocol;
    assert_int_equal(peer_len, sizeof(its->peer));
    memcpy(&its->peer, peer, peer_len);
    poller_stop(&its->poller);
}

static void end_step(struct poller_timer *timer)
{
    poller_stop(&POLLER_OWNER(timer, struct bench, step)->poller);
}

// What has arrived is served, nothing is waited for.
static void step(void)
{
    bench.poller.stopped = false;
    bench.step.fn = end_step;
    poller_arm(&bench.poller, &bench.step, clock_now_us());
    poller_run(&bench.poller);
    poller_disarm(&bench.poller, &bench.step);
}

// connect() returns before the other side need have it.
static void step_until_accepted(uint64_t count)
{
    while (bench.counters.accepted < count)
        step();
}

static void run_until_routed(void)
{
    int before = bench.routed;

    while (bench.routed == before) {
        bench.poller.stopped = false;
        poller_run(&bench.poller);
    }
}

static void start(int64_t timeout_ms, size_t max_undecided)
{
    struct mux_options options = {
        .timeout_ms = timeout_ms,
        .max_undecided = max_undecided,
        .route = route,
        .user = &bench,
        .counters = &bench.counters,
    };
    char error[256];

    memset(&bench, 0, sizeof(bench));
    assert_true(poller_init(&bench.poller, NULL, NULL));
    assert_true(listener_open(&bench.listener, "127.0.0.1:0", 4096, error, sizeof(error)));
    assert_true(listener_open(&bench.tls, "127.0.0.1:0", 4096, error, sizeof(error)));
    bench.mux = mux_new(&bench.poller, &bench.listener, &bench.tls, &options);
    assert_non_null(bench.mux);
}

static uint64_t undecided(void)
{
    struct process_counters *counters = &bench.counters;

    return counters->accepted - counters->http1 - counters->http2 - counters->told_tls - counters->ended -
           counters->rubbish - counters->tls - counters->timed_out - counters->crowded_out;
}

static void stop(void)
{
    mux_stop(bench.mux);
    assert_int_equal(undecided(), 0); // every connection is accounted for
    mux_free(bench.mux);
    listener_close(&bench.listener);
    listener_close(&bench.tls);
    poller_close(&bench.poller);
}

static int connect_to(const struct listener *listener)
{
    int client = client_connect(listener->port);

    assert_true(client >= 0);
    return client;
}

static int connect_client(void)
{
    return connect_to(&bench.listener);
}

static void expect_routed_from(const struct listener *listener, const char *bytes, enum mux_protocol protocol)
{
    struct sockaddr_in own;
    socklen_t len = sizeof(own);
    char text[64] = "";
    int on = 0, client = connect_to(listener);

    assert_true(client_send(client, bytes));
    run_until_routed();
    assert_int_equal(bench.protocol, protocol);
    assert_return_code(getsockname(client, (struct sockaddr *)&own, &len), errno);
    assert_memory_equal(&own, &bench.peer, sizeof(own));
    assert_true(fcntl(bench.fd, F_GETFL) & O_NONBLOCK);
    assert_true(fcntl(bench.fd, F_GETFD) & FD_CLOEXEC);
    len = sizeof(on);
    assert_return_code(getsockopt(bench.fd, IPPROTO_TCP, TCP_NODELAY, &on, &len), errno);
    assert_true(on);
    assert_int_equal(recv(bench.fd, text, sizeof(text), 0), strlen(bytes)); // nothing was taken
    assert_string_equal(text, bytes);
    close(bench.fd);
    close(client);
}

static void expect_routed(const char *bytes, enum mux_protocol protocol)
{
    expect_routed_from(&bench.listener, bytes, protocol);
}

static void tells_protocols_apart(void **state)
{
    (void)state;
    start(0, 0);
    expect_routed("GET / HTTP/1.1\r\n\r\n", MUX_HTTP1);
    expect_routed(CLIENT_PREFACE, MUX_HTTP2);
    assert_int_equal(bench.counters.http1, 1);
    assert_int_equal(bench.counters.http2, 1);
    stop();
}

static void send_byte_by_byte(const char *bytes, size_t deciding, enum mux_protocol protocol)
{
    int client = connect_client(), before = bench.routed;

    for (size_t i = 0; i < deciding; i++) {
        step();
        assert_int_equal(bench.routed, before);
        assert_int_equal(send(client, bytes + i, 1, 0), 1);
    }
    run_until_routed();
    assert_int_equal(bench.protocol, protocol);
    close(bench.fd);
    close(client);
}

static void hears_byte_by_byte(void **state)
{
    (void)state;
    start(0, 0);
    send_byte_by_byte(CLIENT_PREFACE, strlen(CLIENT_PREFACE), MUX_HTTP2);
    send_byte_by_byte("GET / HTTP/1.1\r\n", strlen("GET /"), MUX_HTTP1);
    stop();
}

static void stuck_senders_hold_up_nobody(void **state)
{
    int clients[STUCK];

    (void)state;
    start(0, 0);
    for (int i = 0; i < STUCK; i++) {
        clients[i] = connect_client();
        assert_true(client_send(clients[i], i % 2 ? "PRI * HT" : "GET"));
        step();
    }
    expect_routed("GET / HTTP/1.1\r\n\r\n", MUX_HTTP1);
    expect_routed(CLIENT_PREFACE, MUX_HTTP2);
    assert_int_equal(undecided(), STUCK);
    // And they are only stuck, not given up.
    assert_true(client_send(clients[7], "TP/2.0\r\n\r\nSM\r\n\r\n"));
    run_until_routed();
    assert_int_equal(bench.protocol, MUX_HTTP2);
    close(bench.fd);
    for (int i = 0; i < STUCK; i++)
        close(clients[i]);
    stop();
}

// A client in the same poller that sees it was closed.
struct victim {
    struct poller_watch watch;
    size_t *alive;
};

static void see_closed(struct poller_watch *watch, uint32_t events)
{
    struct victim *victim = POLLER_OWNER(watch, struct victim, watch);

    (void)events;
    assert_true(client_sees_end(watch->fd));
    poller_drop(&bench.poller, watch);
    close(watch->fd);
    if (--*victim->alive == 0)
        poller_stop(&bench.poller);
}

static void run_until_closed(struct victim *victims, size_t *alive)
{
    size_t count = *alive;

    for (size_t i = 0; i < count; i++) {
        victims[i].watch.fn = see_closed;
        victims[i].alive = alive;
        assert_true(poller_add(&bench.poller, &victims[i].watch, EPOLLIN | EPOLLRDHUP));
    }
    while (*alive > 0) {
        bench.poller.stopped = false;
        poller_run(&bench.poller);
    }
}

static void gives_up_on_the_silent(void **state)
{
    static struct victim victims[MANY];
    size_t alive = MANY;

    (void)state;
    start(20, 0);
    for (size_t i = 0; i < MANY; i++) {
        victims[i].watch.fd = connect_client();
        if (i % 2)
            client_send(victims[i].watch.fd, "POST");
    }
    run_until_closed(victims, &alive);
    assert_int_equal(bench.counters.timed_out, MANY);
    stop();
}

static void closes_rubbish(void **state)
{
    static const char *const texts[] = {"\x16\x03\x01\x02", "\r\n\r\n", "SSH-2.0-x\r\n", "*1\r\n"};
    struct victim victims[4] = {0};
    size_t alive = 4;

    (void)state;
    start(0, 0);
    for (size_t i = 0; i < 4; i++) {
        victims[i].watch.fd = connect_client();
        assert_true(client_send(victims[i].watch.fd, texts[i]));
    }
    run_until_closed(victims, &alive);
    assert_int_equal(bench.counters.tls, 1);
    assert_int_equal(bench.counters.rubbish, 3);
    assert_int_equal(bench.routed, 0);
    stop();
}

static void takes_tls_and_nothing_else_where_it_is_spoken(void **state)
{
    static const char *const texts[] = {"GET / HTTP/1.1\r\n\r\n", CLIENT_PREFACE, "\r\n"};
    struct victim victims[3] = {0};
    size_t alive = 3;

    (void)state;
    start(0, 0);
    expect_routed_from(&bench.tls, "\x16\x03\x01\x02", MUX_TLS);
    assert_int_equal(bench.counters.told_tls, 1);
    for (size_t i = 0; i < 3; i++) {
        victims[i].watch.fd = connect_to(&bench.tls);
        assert_true(client_send(victims[i].watch.fd, texts[i]));
    }
    run_until_closed(victims, &alive);
    assert_int_equal(bench.counters.rubbish, 3);
    assert_int_equal(bench.routed, 1);
    stop();
}

static void counts_those_who_leave(void **state)
{
    struct victim victims[3] = {0};
    size_t alive = 3;

    (void)state;
    start(0, 0);
    for (size_t i = 0; i < 3; i++)
        victims[i].watch.fd = connect_client();
    step();
    assert_true(client_send(victims[1].watch.fd, "GE"));
    assert_true(client_send(victims[2].watch.fd, "PRI * HTTP"));
    for (size_t i = 0; i < 3; i++)
        shutdown(victims[i].watch.fd, SHUT_WR);
    run_until_closed(victims, &alive);
    assert_int_equal(bench.counters.ended, 3);
    stop();
}

// "printf … | nc" sends and closes its side at once, and wants an answer.
static void serves_a_sender_that_half_closes(void **state)
{
    int client;

    (void)state;
    start(0, 0);
    client = connect_client();
    assert_true(client_send(client, "GET / HTTP/1.0\r\n\r\n"));
    shutdown(client, SHUT_WR);
    run_until_routed();
    assert_int_equal(bench.protocol, MUX_HTTP1);
    close(bench.fd);
    close(client);
    stop();
}

static void closes_the_oldest_when_crowded(void **state)
{
    struct victim victim = {0};
    size_t alive = 1;
    int second, third;

    (void)state;
    start(0, 2);
    victim.watch.fd = connect_client();
    second = connect_client();
    step_until_accepted(2);
    assert_int_equal(undecided(), 2);
    third = connect_client();
    run_until_closed(&victim, &alive);
    assert_int_equal(bench.counters.crowded_out, 1);
    assert_true(client_send(second, "GET / HTTP/1.1\r\n"));
    run_until_routed();
    close(bench.fd);
    close(second);
    close(third);
    stop();
}

static void survives_running_out_of_descriptors(void **state)
{
    struct rlimit before, low;
    int fillers[64], filled = 0, client, undecided_client;
    struct victim victim = {0};
    size_t alive = 1;
    const char *preloaded = getenv("LD_PRELOAD");

    (void)state;
    if (preloaded && strstr(preloaded, "vgpreload")) {
        print_message("valgrind accepts connections beyond the limit, and closes them\n");
        skip();
    }
    start(0, 0);
    undecided_client = connect_client();
    step_until_accepted(1);
    client = connect_client();
    assert_true(client_send(client, "GET / HTTP/1.1\r\n\r\n"));
    assert_return_code(getrlimit(RLIMIT_NOFILE, &before), errno);
    low = before;
    low.rlim_cur = (rlim_t)client + 8;
    assert_return_code(setrlimit(RLIMIT_NOFILE, &low), errno);
    while (filled < 64 && (fillers[filled] = dup(client)) >= 0)
        filled++;
    // The undecided one makes room for the one that waits.
    victim.watch.fd = undecided_client;
    bench.poller.stopped = false;
    run_until_routed();
    assert_int_equal(bench.counters.crowded_out, 1);
    assert_true(bench.counters.accept_failed >= 1);
    close(bench.fd);
    run_until_closed(&victim, &alive);
    // With nobody to make room the next waits in the backlog until there is.
    while (filled < 64 && (fillers[filled] = dup(client)) >= 0)
        filled++;
    close(fillers[--filled]);
    victim.watch.fd = connect_client();
    assert_true(client_send(victim.watch.fd, CLIENT_PREFACE));
    step();
    step();
    assert_int_equal(bench.counters.http2, 0);
    while (filled > 0)
        close(fillers[--filled]);
    run_until_routed();
    assert_int_equal(bench.protocol, MUX_HTTP2);
    close(bench.fd);
    close(victim.watch.fd);
    close(client);
    assert_return_code(setrlimit(RLIMIT_NOFILE, &before), errno);
    stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_protocols_apart),
        cmocka_unit_test(hears_byte_by_byte),
        cmocka_unit_test(stuck_senders_hold_up_nobody),
        cmocka_unit_test(gives_up_on_the_silent),
        cmocka_unit_test(closes_rubbish),
        cmocka_unit_test(takes_tls_and_nothing_else_where_it_is_spoken),
        cmocka_unit_test(counts_those_who_leave),
        cmocka_unit_test(serves_a_sender_that_half_closes),
        cmocka_unit_test(closes_the_oldest_when_crowded),
        cmocka_unit_test(survives_running_out_of_descriptors),
    };
    struct rlimit files;

    alarm(120);
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
