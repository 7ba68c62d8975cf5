// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Everything in one process: the same callbacks as a worker's, on the accepting thread.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/wait.h>
#include "client.h"
#include "process/counters.h"
#include "process/inline.h"
#include "process/signals.h"

#define PAYLOADS 200

static struct inline_server *server;
static struct process_counters counters;
static sem_t drained, reread, payload_seen;
static unsigned payloads; // on the accepting thread; read after it ended
static bool in_order;

static void take_connection(void *user, int fd, enum mux_protocol protocol, const struct sockaddr *peer,
                            socklen_t peer_len)
{
    (void)user;
    (void)peer;
    (void)peer_len;
    dprintf(fd, "%d\n", (int)protocol);
    shutdown(fd, SHUT_RDWR);
    close(fd);
}

static bool take_payload(void *user, const void *bytes, size_t len)
{
    char expected[16];

    (void)user;
    snprintf(expected, sizeof(expected), "%u", payloads++);
    in_order = in_order && len == strlen(expected) && memcmp(bytes, expected, len) == 0;
    sem_post(&payload_seen);
    return true;
}

static void note_drain(void *user, bool alone)
{
    (void)alone;
    (void)user;
    sem_post(&drained);
}

static void note_reread(void *user)
{
    (void)user;
    sem_post(&reread);
}

static void start(int64_t drain_ms)
{
    struct inline_options options = {
        .listen = "127.0.0.1:0",
        .drain_ms = drain_ms,
        .callbacks = {take_connection, take_payload, NULL, note_drain},
        .reread = note_reread,
        .counters = &counters,
    };
    char error[256];

    memset(&counters, 0, sizeof(counters));
    payloads = 0;
    in_order = true;
    sem_init(&drained, 0, 0);
    sem_init(&reread, 0, 0);
    sem_init(&payload_seen, 0, 0);
    server = inline_new(&options, error, sizeof(error));
    assert_non_null(server);
}

static void begin(void)
{
    char error[256];

    assert_true(inline_start(server, error, sizeof(error)));
}

static void expect_answer(const char *request, const char *expected)
{
    char line[16];
    int fd = client_connect(inline_port(server));

    assert_true(fd >= 0);
    assert_true(client_send(fd, request));
    assert_true(client_read(fd, true, line, sizeof(line)));
    assert_string_equal(line, expected);
    close(fd);
}

static void serves_both_protocols(void **state)
{
    (void)state;
    start(0);
    begin();
    expect_answer("GET / HTTP/1.1\r\n\r\n", "1\n");
    expect_answer(CLIENT_PREFACE, "2\n");
    inline_free(server);
    assert_int_equal(counters.handed, 2);
}

static void lets_connections_wait_until_it_starts(void **state)
{
    char line[16];
    int fd;

    (void)state;
    start(0);
    fd = client_connect(inline_port(server));
    assert_true(client_send(fd, "GET / HTTP/1.1\r\n\r\n"));
    begin();
    assert_true(client_read(fd, true, line, sizeof(line)));
    assert_string_equal(line, "1\n");
    close(fd);
    inline_free(server);
}

static void passes_payloads_on_in_order(void **state)
{
    (void)state;
    start(0);
    for (unsigned i = 0; i < PAYLOADS; i++) {
        char text[16];

        if (i == PAYLOADS / 2)
            begin(); // what came before is kept
        snprintf(text, sizeof(text), "%u", i);
        assert_true(inline_publish(server, text, strlen(text)));
    }
    for (unsigned i = 0; i < PAYLOADS; i++)
        sem_wait(&payload_seen);
    inline_free(server);
    assert_int_equal(payloads, PAYLOADS);
    assert_true(in_order);
}

static void obeys_signals(void **state)
{
    (void)state;
    start(0);
    begin();
    kill(getpid(), SIGHUP);
    sem_wait(&reread);
    kill(getpid(), SIGTERM);
    sem_wait(&drained);
    assert_int_equal(client_connect(inline_port(server)), -1);
    inline_free(server);
}

static void stops_when_asked(void **state)
{
    (void)state;
    start(0);
    begin();
    inline_stop(server);
    sem_wait(&drained);
    inline_free(server);
}

// What is never drained is ended: with a status that says all is well, for so it was asked. In a child, for it is the
// whole process that ends.
static void ends_the_process_in_time(void **state)
{
    int status;
    pid_t pid = fork();

    (void)state;
    if (pid == 0) {
        start(20);
        begin();
        inline_stop(server);
        for (;;)
            pause();
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(serves_both_protocols),
        cmocka_unit_test(lets_connections_wait_until_it_starts),
        cmocka_unit_test(passes_payloads_on_in_order),
        cmocka_unit_test(obeys_signals),
        cmocka_unit_test(stops_when_asked),
        cmocka_unit_test(ends_the_process_in_time),
    };

    signals_prepare();
    alarm(120);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
