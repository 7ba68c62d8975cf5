// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The master with fake workers: who gets which connection, payloads and their order, reports, draining, and workers
// that misbehave.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/resource.h>
#include "process/mux.h"
#include "process/signals.h"
#include "stage.h"

#define PAYLOADS 300
#define BIG (8u << 20)
#define SPARE 8 // of each worker
#define MORE 100

static struct stage stage;

static void start(unsigned workers, const char *word)
{
    const char *const words[] = {word, NULL};

    stage_init(&stage, workers, words);
    assert_true(stage_start(&stage));
}

static int hold(struct stage_answer *answer)
{
    int fd = client_connect(stage.port);

    assert_true(fd >= 0);
    assert_true(stage_ask(fd, "GET /who HTTP/1.1\r\n\r\n", answer));
    return fd;
}

static void hands_over_both_protocols_with_the_peer(void **state)
{
    struct stage_answer answer;
    struct sockaddr_in own;
    socklen_t len = sizeof(own);
    char peer[64];
    int fd;

    (void)state;
    start(1, NULL);
    fd = hold(&answer);
    assert_int_equal(answer.protocol, MUX_HTTP1);
    assert_return_code(getsockname(fd, (struct sockaddr *)&own, &len), errno);
    snprintf(peer, sizeof(peer), "127.0.0.1:%u", ntohs(own.sin_port));
    assert_string_equal(answer.peer, peer);
    close(fd);
    fd = client_connect(stage.port);
    assert_true(stage_ask(fd, CLIENT_PREFACE "GET /who\n", &answer));
    assert_int_equal(answer.protocol, MUX_HTTP2);
    close(fd);
    assert_int_equal(stage_stop(&stage), 0);
    assert_int_equal(stage.counters.handed, 2);
    assert_int_equal(stage.counters.closed, 2);
    assert_int_equal(stage.counters.http1, 1);
    assert_int_equal(stage.counters.http2, 1);
}

static void spreads_connections_evenly(void **state)
{
    struct stage_answer answer;
    int held[8], count[2] = {0};

    (void)state;
    start(2, NULL);
    for (int i = 0; i < 8; i++) { // also those before any worker is up
        held[i] = hold(&answer);
        count[answer.worker]++;
        assert_true(count[0] - count[1] <= 1 && count[1] - count[0] <= 1);
    }
    assert_int_equal(count[0], 4);
    for (int i = 0; i < 8; i++)
        close(held[i]);
    assert_int_equal(stage_stop(&stage), 0);
}

static void wait_for(_Atomic uint64_t *counter, uint64_t value)
{
    while (atomic_load(counter) < value)
        sched_yield();
}

// The master sees an end by itself; whose end it is shows in who gets the next.
static void counts_only_what_is_open(void **state)
{
    struct stage_answer answer;
    int held[2][3], count[2] = {0};

    (void)state;
    start(2, NULL);
    while (count[0] < 3 || count[1] < 3) {
        int fd = hold(&answer);

        held[answer.worker][count[answer.worker]++] = fd;
    }
    for (int i = 0; i < 3; i++)
        close(held[1][i]);
    wait_for(&stage.counters.closed, 3);
    for (int i = 0; i < 3; i++) {
        held[1][i] = hold(&answer);
        assert_int_equal(answer.worker, 1);
    }
    // A worker's end of a connection reaches the client and the count as well.
    for (int i = 0; i < 3; i++) {
        assert_true(stage_ask(held[0][i], "GET /bye HTTP/1.1\r\n", &answer));
        assert_int_equal(answer.worker, 0);
        assert_true(client_sees_end(held[0][i]));
        close(held[0][i]);
        wait_for(&stage.counters.closed, 4 + (uint64_t)i);
        held[0][i] = hold(&answer);
        assert_int_equal(answer.worker, 0);
    }
    for (int i = 0; i < 6; i++)
        close(held[i / 3][i % 3]);
    assert_int_equal(stage_stop(&stage), 0);
}

static void sends_the_snapshot_first_and_payloads_in_order(void **state)
{
    int next[2] = {0, 0};
    bool first[2] = {true, true};

    (void)state;
    stage_init(&stage, 2, NULL);
    stage.snapshot = "snapshot";
    assert_true(stage_start(&stage));
    for (int i = 0; i < PAYLOADS; i++) {
        char text[32];

        snprintf(text, sizeof(text), "%d", i);
        assert_true(master_publish(stage.master, text, strlen(text)));
    }
    while (next[0] < PAYLOADS || next[1] < PAYLOADS) {
        struct stage_event event = stage_wait(&stage, STAGE_REPORT);
        char expected[32];

        if (first[event.worker])
            snprintf(expected, sizeof(expected), "8 snapshot");
        else
            snprintf(expected, sizeof(expected), "%d %d", snprintf(NULL, 0, "%d", next[event.worker]),
                     next[event.worker]);
        assert_string_equal(event.report, expected);
        next[event.worker] += !first[event.worker];
        first[event.worker] = false;
    }
    assert_int_equal(stage_stop(&stage), 0);
}

static void sends_big_and_empty_payloads(void **state)
{
    char *big = malloc(BIG), expected[64];

    (void)state;
    memset(big, 'b', BIG);
    start(1, NULL);
    stage_wait_ready(&stage);
    assert_true(master_publish(stage.master, big, BIG));
    assert_true(master_publish(stage.master, "", 0));
    snprintf(expected, sizeof(expected), "%u bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", BIG);
    assert_string_equal(stage_wait(&stage, STAGE_REPORT).report, expected);
    assert_string_equal(stage_wait(&stage, STAGE_REPORT).report, "0 ");
    free(big);
    assert_int_equal(stage_stop(&stage), 0);
}

static void queues_for_a_worker_that_is_coming_up_and_no_more_than_so_many(void **state)
{
    const char *const words[] = {"ready-on-go", NULL};
    struct stage_answer answer;
    char line[256];
    int fds[4];

    (void)state;
    stage_init(&stage, 1, words);
    stage.options.max_queued = 3;
    assert_true(stage_start(&stage));
    for (int i = 0; i < 4; i++) {
        fds[i] = client_connect(stage.port);
        assert_true(client_send(fds[i], "GET /who HTTP/1.1\r\n\r\n"));
        wait_for(&stage.counters.http1, (uint64_t)i + 1);
    }
    assert_true(client_sees_end(fds[3])); // the last finds no room
    close(fds[1]);                        // and one has no patience
    assert_true(master_publish(stage.master, "go", 2));
    assert_true(client_read(fds[0], true, line, sizeof(line)));
    assert_true(client_read(fds[2], true, line, sizeof(line)));
    close(fds[0]);
    close(fds[2]);
    close(fds[3]);
    close(hold(&answer));
    assert_int_equal(stage_stop(&stage), 0);
    assert_int_equal(stage.counters.refused, 1);
    assert_int_equal(stage.counters.http1 + stage.counters.taken_back,
                     stage.counters.handed + stage.counters.refused + stage.counters.left);
}

// Who finds no room sees an end and no reset; HTTP/1 has room of its own.
static void has_no_more_http2_connections_than_it_may(void **state)
{
    struct stage_answer answers[3];
    char line[256];
    int fds[4], spare[2 * SPARE], others[MORE], more = 0;
    uint64_t closed;

    (void)state;
    stage_init(&stage, 2, NULL);
    stage.options.max_http2 = 1;
    assert_true(stage_start(&stage));
    stage_wait_ready(&stage);
    for (int i = 0; i < 2; i++) {
        fds[i] = client_connect(stage.port);
        assert_true(stage_ask(fds[i], CLIENT_PREFACE "GET /who\r\n", &answers[i]));
    }
    assert_int_not_equal(answers[0].worker, answers[1].worker);
    for (int i = 0; i < 2 * SPARE; i++) {
        spare[i] = client_connect(stage.port);
        assert_true(stage_ask(spare[i], CLIENT_PREFACE "GET /who\r\n", &answers[2]));
        assert_int_equal(answers[2].protocol, MUX_HTTP2_SPARE);
    }
    assert_int_equal(stage.counters.spare, 2 * SPARE);
    assert_int_equal(stage.counters.gave_way, 0);
    fds[2] = client_connect(stage.port);
    assert_true(stage_ask(fds[2], CLIENT_PREFACE "GET /who\r\n", &answers[2]));
    assert_int_equal(answers[2].protocol, MUX_HTTP2_SPARE);
    assert_int_equal(stage.counters.gave_way, 1); // one of the oldest
    // They don't give way to any number of others: some of these are turned away.
    while (more < MORE && stage.counters.refused_limit == 0) {
        others[more] = client_connect(stage.port);
        assert_true(client_send(others[more], CLIENT_PREFACE "GET /who\r\n"));
        client_read(others[more++], true, line, sizeof(line));
    }
    assert_int_equal(stage.counters.refused_limit, 1);
    assert_string_equal(line, "");
    fds[3] = client_connect(stage.port);
    assert_true(stage_ask(fds[3], "GET /who HTTP/1.1\r\n\r\n", &answers[2]));
    closed = atomic_load(&stage.counters.closed);
    close(fds[1]);
    while (atomic_load(&stage.counters.closed) == closed)
        sched_yield();
    fds[1] = client_connect(stage.port);
    assert_true(stage_ask(fds[1], CLIENT_PREFACE "GET /who\r\n", &answers[2]));
    assert_int_equal(answers[2].worker, answers[1].worker);
    assert_int_equal(answers[2].protocol, MUX_HTTP2);
    for (int i = 0; i < 4; i++)
        close(fds[i]);
    for (int i = 0; i < 2 * SPARE; i++)
        close(spare[i]);
    while (more > 0)
        close(others[--more]);
    assert_int_equal(stage_stop(&stage), 0);
    assert_int_equal(stage.counters.refused, 0);
}

static void tells_a_crash_and_where(void **state)
{
    struct stage_event event;
    int fd;

    (void)state;
    start(1, NULL);
    fd = client_connect(stage.port);
    assert_true(client_send(fd, "GET /crash HTTP/1.1\r\n\r\n"));
    event = stage_wait(&stage, STAGE_DIED);
    assert_int_equal(event.death.signal, SIGSEGV);
    assert_true(event.death.was_ready);
    assert_true(event.has_crumb);
    assert_string_equal(event.crumb.model, "some_model");
    assert_string_equal(event.crumb.node, "some_node");
    assert_string_equal(event.crumb.module, "some_module");
    assert_true(client_sees_end(fd)); // the master lets go too
    close(fd);
    stage_wait(&stage, STAGE_READY);
    fd = client_connect(stage.port);
    assert_true(client_send(fd, "GET /exit HTTP/1.1\r\n\r\n"));
    event = stage_wait(&stage, STAGE_DIED);
    assert_int_equal(event.death.signal, 0);
    assert_int_equal(event.death.exit_status, 3);
    assert_false(event.has_crumb); // the one before's is gone
    close(fd);
    stage_wait(&stage, STAGE_READY);
    assert_int_equal(stage_stop(&stage), 0);
    assert_int_equal(stage.counters.died, 2);
    assert_int_equal(stage.counters.spawned, 3);
}

static void goes_on_when_workers_die_early(void **state)
{
    (void)state;
    start(2, "die-early");
    for (int i = 0; i < 6; i++) {
        struct stage_event event = stage_wait(&stage, STAGE_DIED);

        assert_false(event.death.was_ready);
        assert_int_equal(event.death.exit_status, 9);
    }
    assert_int_equal(stage_stop(&stage), 0); // also while it waits to try again
}

static void goes_on_without_a_program(void **state)
{
    (void)state;
    stage_init(&stage, 1, NULL);
    stage.options.program = "/does/not/exist";
    assert_true(stage_start(&stage));
    assert_int_equal(stage_stop(&stage), 0);
    assert_int_equal(stage.counters.spawned, 0);
}

static void replaces_a_worker_that_speaks_nonsense(void **state)
{
    (void)state;
    start(1, "garbage");
    assert_int_equal(stage_wait(&stage, STAGE_DIED).death.signal, SIGKILL);
    assert_int_equal(stage_stop(&stage), 0);
}

static void closes_what_a_worker_has_no_descriptor_for(void **state)
{
    struct stage_answer answer;
    int held[64], count = 0;

    (void)state;
    start(1, "few-files");
    do {
        held[count] = client_connect(stage.port);
        assert_true(held[count] >= 0);
    } while (stage_ask(held[count], "GET /who HTTP/1.1\r\n", &answer) && ++count < 63);
    assert_in_range(count, 1, 62);
    assert_int_equal(stage.counters.lost, 1);
    close(held[count]);
    close(held[--count]);
    // The worker may see that end after the next connection: then that one is closed too.
    do
        held[count] = client_connect(stage.port);
    while (!stage_ask(held[count], "GET /who HTTP/1.1\r\n", &answer) && close(held[count]) == 0);
    for (int i = 0; i <= count; i++)
        close(held[i]);
    assert_int_equal(stage_stop(&stage), 0);
}

static void limit_files(rlim_t most)
{
    struct rlimit limit;

    assert_return_code(prlimit(stage.pids[0], RLIMIT_NOFILE, NULL, &limit), errno);
    limit.rlim_cur = most < limit.rlim_max ? most : limit.rlim_max;
    assert_return_code(prlimit(stage.pids[0], RLIMIT_NOFILE, &limit, NULL), errno);
}

// It has no descriptor for a payload, and does without until it gets all anew.
static void sends_all_anew_to_a_worker_that_missed_something(void **state)
{
    struct stage_answer answer;
    int fd;

    (void)state;
    stage_init(&stage, 1, NULL);
    stage.snapshot = "all";
    assert_true(stage_start(&stage));
    for (int i = 0; i < 2; i++) { // from two threads of it
        struct stage_event event = stage_next(&stage);

        if (event.kind == STAGE_REPORT)
            assert_string_equal(event.report, "3 all");
        else
            assert_int_equal(event.kind, STAGE_READY);
    }
    fd = client_connect(stage.port);
    assert_true(stage_ask(fd, "GET /who HTTP/1.1\r\n", &answer));
    limit_files(3);
    assert_true(master_publish(stage.master, "more", 4));
    assert_non_null(strstr(stage_wait(&stage, STAGE_REPORT).report, "no descriptor is left"));
    assert_true(master_publish(stage.master, "yet more", 8)); // of no use without the one before
    assert_true(stage_ask(fd, "GET /who HTTP/1.1\r\n", &answer));
    assert_int_equal(answer.pid, stage.pids[0]);
    limit_files(RLIM_INFINITY);
    for (;;) { // it may have been tried once more before
        char report[128];

        strcpy(report, stage_wait(&stage, STAGE_REPORT).report);
        if (strcmp(report, "3 all") == 0)
            break;
        assert_non_null(strstr(report, "no descriptor is left"));
    }
    assert_true(master_publish(stage.master, "next", 4));
    assert_string_equal(stage_wait(&stage, STAGE_REPORT).report, "4 next");
    close(fd);
    assert_int_equal(stage_stop(&stage), 0);
    assert_int_equal(stage.counters.spawned, 1);
}

// Until the listener is closed; one that is just being closed resets.
static void wait_for_refusal(void)
{
    int fd;

    while ((fd = client_connect(stage.port)) >= 0 || errno != ECONNREFUSED) {
        if (fd >= 0)
            close(fd);
        else
            assert_int_equal(errno, ECONNRESET);
    }
}

static void drains(void **state)
{
    struct stage_answer answer;
    int held, silent;

    (void)state;
    start(2, NULL);
    stage_wait_ready(&stage);
    held = hold(&answer);
    silent = client_connect(stage.port);
    master_stop(stage.master);
    assert_true(client_sees_end(silent)); // undecided ones go, and with them the listener
    close(silent);
    wait_for_refusal();
    assert_true(stage_ask(held, "GET /who HTTP/1.1\r\n", &answer)); // what is there goes on
    close(held);
    assert_int_equal(stage_end(&stage), 0);
    assert_int_equal(stage.counters.died, 0);
}

static void ends_a_drain_in_time(void **state)
{
    const char *const words[] = {"stubborn", NULL};

    (void)state;
    stage_init(&stage, 2, words);
    stage.options.drain_ms = 20;
    assert_true(stage_start(&stage));
    stage_wait_ready(&stage);
    assert_int_equal(stage_stop(&stage), 0);
}

static void ends_a_drain_when_asked_twice(void **state)
{
    struct stage_answer answer;
    int held;

    (void)state;
    start(1, "stubborn");
    held = hold(&answer);
    master_stop(stage.master);
    wait_for_refusal();
    assert_int_equal(stage_stop(&stage), 0);
    assert_true(client_sees_end(held));
    close(held);
}

static void obeys_signals(void **state)
{
    (void)state;
    start(1, NULL);
    stage_wait_ready(&stage);
    kill(getpid(), SIGHUP);
    stage_wait(&stage, STAGE_REREAD);
    kill(stage.pids[0], SIGTERM); // a group's SIGTERM: the master's to handle
    kill(stage.pids[0], SIGINT);
    kill(getpid(), SIGHUP);
    stage_wait(&stage, STAGE_REREAD);
    kill(getpid(), SIGTERM);
    assert_int_equal(stage_end(&stage), 0);
    assert_int_equal(stage.counters.died, 0);
}

static void says_that_a_port_is_in_use(void **state)
{
    char address[32], error[512];
    struct master_options options;

    (void)state;
    start(1, NULL);
    options = stage.options;
    snprintf(address, sizeof(address), "127.0.0.1:%u", stage.port);
    options.listen = address;
    assert_null(master_new(&options, error, sizeof(error)));
    assert_non_null(strstr(error, "in use"));
    assert_int_equal(stage_stop(&stage), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hands_over_both_protocols_with_the_peer),
        cmocka_unit_test(spreads_connections_evenly),
        cmocka_unit_test(counts_only_what_is_open),
        cmocka_unit_test(sends_the_snapshot_first_and_payloads_in_order),
        cmocka_unit_test(sends_big_and_empty_payloads),
        cmocka_unit_test(queues_for_a_worker_that_is_coming_up_and_no_more_than_so_many),
        cmocka_unit_test(has_no_more_http2_connections_than_it_may),
        cmocka_unit_test(tells_a_crash_and_where),
        cmocka_unit_test(goes_on_when_workers_die_early),
        cmocka_unit_test(goes_on_without_a_program),
        cmocka_unit_test(replaces_a_worker_that_speaks_nonsense),
        cmocka_unit_test(closes_what_a_worker_has_no_descriptor_for),
        cmocka_unit_test(sends_all_anew_to_a_worker_that_missed_something),
        cmocka_unit_test(drains),
        cmocka_unit_test(ends_a_drain_in_time),
        cmocka_unit_test(ends_a_drain_when_asked_twice),
        cmocka_unit_test(obeys_signals),
        cmocka_unit_test(says_that_a_port_is_in_use),
    };

    signals_prepare();
    alarm(240);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
