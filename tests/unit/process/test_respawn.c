// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Workers that die under load: the listener stays, only what the dead one had in hand is lost, the next one comes at
// once; and a master that dies takes its workers with it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <poll.h>
#include <spawn.h>
#include <stdatomic.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include "process/signals.h"
#include "stage.h"

#define ROUNDS 200
#define CLIENTS 3

static struct stage stage;
static atomic_bool enough;
static atomic_ulong served, failed, unconnected;

// One connection after the other, each with one request.
static void *keep_asking(void *unused)
{
    (void)unused;
    while (!atomic_load(&enough)) {
        struct stage_answer answer;
        int fd = client_connect(stage.port);

        if (fd < 0) {
            atomic_fetch_add(&unconnected, 1);
            continue;
        }
        atomic_fetch_add(stage_ask(fd, "GET /bye HTTP/1.1\r\n\r\n", &answer) ? &served : &failed, 1);
        close(fd);
    }
    return NULL;
}

static void print_times(int64_t *times, unsigned count, const char *what)
{
    int64_t sum = 0, longest = 0;

    for (unsigned i = 0; i < count; i++) {
        sum += times[i];
        longest = times[i] > longest ? times[i] : longest;
    }
    print_message("# %s: %.1f ms on average, %.1f at most\n", what, (double)sum / count / 1000, (double)longest / 1000);
}

static void wait_for_end(int pidfd)
{
    struct pollfd watched = {.fd = pidfd, .events = POLLIN};

    assert_int_equal(poll(&watched, 1, -1), 1);
    close(pidfd);
}

static void loses_only_what_the_dead_had_in_hand(void **state)
{
    static int64_t told[ROUNDS], replaced[ROUNDS];
    pthread_t clients[CLIENTS];

    (void)state;
    stage_init(&stage, 2, NULL);
    stage.options.quick_restarts = ROUNDS;
    assert_true(stage_start(&stage));
    stage_wait_ready(&stage);
    for (int i = 0; i < CLIENTS; i++)
        assert_int_equal(pthread_create(&clients[i], NULL, keep_asking, NULL), 0);
    for (int i = 0; i < ROUNDS; i++) {
        int64_t killed_us = clock_now_us();
        struct stage_event event;
        struct stage_answer answer;
        int fd, pidfd = pidfd_open(stage.pids[i % 2], 0);

        assert_int_equal(kill(stage.pids[i % 2], SIGKILL), 0);
        wait_for_end(pidfd);
        // At once, whether or not the master has noticed.
        fd = client_connect(stage.port);
        assert_true(fd >= 0);
        assert_true(stage_ask(fd, "GET /bye HTTP/1.1\r\n\r\n", &answer));
        close(fd);
        event = stage_wait(&stage, STAGE_DIED);
        assert_int_equal(event.worker, i % 2);
        assert_int_equal(event.death.signal, SIGKILL);
        told[i] = event.at_us - killed_us;
        event = stage_wait(&stage, STAGE_READY);
        assert_int_equal(event.worker, i % 2);
        replaced[i] = event.at_us - killed_us;
    }
    atomic_store(&enough, true);
    for (int i = 0; i < CLIENTS; i++)
        pthread_join(clients[i], NULL);
    assert_int_equal(stage_stop(&stage), 0);
    print_times(told, ROUNDS, "kill to notice");
    print_times(replaced, ROUNDS, "kill to the next one's being ready");
    print_message("# %lu served, %lu lost, %lu taken back\n", served, failed, (unsigned long)stage.counters.taken_back);
    assert_int_equal(unconnected, 0);
    assert_true(failed <= (unsigned long)ROUNDS * CLIENTS);
    assert_int_equal(stage.counters.refused, 0);
    assert_int_equal(stage.counters.died, ROUNDS);
    assert_int_equal(stage.counters.spawned, ROUNDS + 2);
    assert_int_equal(stage.counters.http1 + stage.counters.taken_back, stage.counters.handed + stage.counters.left);
}

// Or everybody who comes back after a crash would stay with the survivor.
static void new_connections_wait_for_the_next_one(void **state)
{
    struct stage_answer answer;
    unsigned first[6];
    int fds[9];

    (void)state;
    stage_init(&stage, 2, NULL);
    assert_true(stage_start(&stage));
    stage_wait_ready(&stage);
    for (int i = 0; i < 6; i++) {
        fds[i] = client_connect(stage.port);
        assert_true(stage_ask(fds[i], "GET /who HTTP/1.1\r\n", &answer));
        first[i] = answer.worker;
    }
    kill(stage.pids[0], SIGKILL);
    stage_wait(&stage, STAGE_DIED);
    for (int i = 6; i < 9; i++) { // at once: the next one isn't up yet
        fds[i] = client_connect(stage.port);
        assert_true(stage_ask(fds[i], "GET /who HTTP/1.1\r\n", &answer));
        assert_int_equal(answer.worker, 0);
    }
    for (int i = 0; i < 6; i++) { // the other one felt nothing
        assert_int_equal(stage_ask(fds[i], "GET /who HTTP/1.1\r\n", &answer), first[i] == 1);
    }
    for (int i = 0; i < 9; i++)
        close(fds[i]);
    assert_int_equal(stage_stop(&stage), 0);
}

// Those are not to wait for it for ever.
static void but_not_when_that_is_late(void **state)
{
    const char *const words[] = {"ready-on-go", NULL};
    struct stage_answer answer;
    int fd;

    (void)state;
    stage_init(&stage, 2, words);
    stage.options.late_ms = 10;
    assert_true(stage_start(&stage));
    assert_true(master_publish(stage.master, "go", 2));
    stage_wait_ready(&stage);
    kill(stage.pids[0], SIGKILL);
    stage_wait(&stage, STAGE_DIED);
    fd = client_connect(stage.port);
    assert_true(stage_ask(fd, "GET /who HTTP/1.1\r\n", &answer));
    assert_int_equal(answer.worker, 1);
    close(fd);
    assert_int_equal(stage_stop(&stage), 0);
}

// Workers that take long to come up all do, and clients that have waited for the first one are to be shared by all.
static void slow_ones_share_what_comes_when_the_first_is_ready(void **state)
{
    const char *const words[] = {"ready-on-go", NULL};
    const struct timespec late = {.tv_sec = 2, .tv_nsec = 100000000};
    struct stage_answer answer;
    char line[256];
    int fds[4];

    (void)state;
    stage_init(&stage, 2, words);
    stage.options.late_ms = 2000;
    assert_true(stage_start(&stage));
    assert_return_code(nanosleep(&late, NULL), errno); // nothing tells that they are late
    assert_true(master_publish(stage.master, "go0", 3));
    assert_int_equal(stage_wait(&stage, STAGE_READY).worker, 0);
    for (int i = 0; i < 4; i++) {
        fds[i] = client_connect(stage.port);
        assert_true(client_send(fds[i], "GET /who HTTP/1.1\r\n"));
    }
    while (atomic_load(&stage.counters.http1) < 4) // all have been dealt
        ;
    assert_true(master_publish(stage.master, "go1", 3));
    for (unsigned i = 0, of_second = 0; i < 4; i++) {
        assert_true(client_read(fds[i], true, line, sizeof(line)));
        assert_int_equal(sscanf(line, "%u %ld", &answer.worker, &answer.pid), 2);
        of_second += answer.worker == 1;
        assert_true(i < 3 || of_second == 2);
        close(fds[i]);
    }
    assert_int_equal(stage_stop(&stage), 0);
}

// A worker that was sent a connection and died before it took it: stopped, so that it can't.
static void hands_over_again_what_was_not_taken(void **state)
{
    struct stage_answer answer;
    siginfo_t stopped;
    int fds[4];

    (void)state;
    stage_init(&stage, 1, NULL);
    assert_true(stage_start(&stage));
    stage_wait_ready(&stage);
    kill(stage.pids[0], SIGSTOP);
    assert_return_code(waitid(P_PID, (id_t)stage.pids[0], &stopped, WSTOPPED), errno);
    for (int i = 0; i < 4; i++) {
        fds[i] = client_connect(stage.port);
        assert_true(client_send(fds[i], "GET /who HTTP/1.1\r\n"));
    }
    while (atomic_load(&stage.counters.handed) < 4) // they are in the dead one's socket
        ;
    kill(stage.pids[0], SIGKILL);
    for (int i = 0; i < 4; i++) {
        char line[256];

        assert_true(client_read(fds[i], true, line, sizeof(line)));
        assert_int_equal(sscanf(line, "%u %ld", &answer.worker, &answer.pid), 2);
        assert_int_not_equal(answer.pid, stage.pids[0]);
        close(fds[i]);
    }
    assert_int_equal(stage.counters.taken_back, 4);
    assert_int_equal(stage_stop(&stage), 0);
}

static void asks(const char *request)
{
    int fd = client_connect(stage.port);

    assert_true(client_send(fd, request));
    assert_true(client_sees_end(fd));
    close(fd);
}

// The first ones at once, or a plugin that crashes now and then would cost more than its runs; then ever later.
static void replaces_ever_later_those_that_keep_dying(void **state)
{
    static const int64_t pauses_us[] = {0, 0, 50000, 100000, 200000};
    struct stage_event event;

    (void)state;
    stage_init(&stage, 1, NULL);
    stage.options.quick_restarts = 2;
    assert_true(stage_start(&stage));
    for (size_t i = 0; i < sizeof(pauses_us) / sizeof(pauses_us[0]); i++) {
        stage_wait(&stage, STAGE_READY);
        asks("GET /crash HTTP/1.1\r\n\r\n");
        event = stage_wait(&stage, STAGE_DIED);
        assert_int_equal(event.death.pause_us, pauses_us[i]);
    }
    stage_wait(&stage, STAGE_READY);
    assert_int_equal(stage_stop(&stage), 0);
}

// Nothing in a worker makes it end by SIGKILL, so nothing speaks for waiting.
static void comes_at_once_after_who_was_killed(void **state)
{
    struct stage_event event;

    (void)state;
    stage_init(&stage, 1, NULL);
    stage.options.quick_restarts = 0;
    assert_true(stage_start(&stage));
    for (int i = 0; i < 5; i++) {
        stage_wait(&stage, STAGE_READY);
        assert_int_equal(kill(stage.pids[0], SIGKILL), 0);
        event = stage_wait(&stage, STAGE_DIED);
        assert_int_equal(event.death.pause_us, 0);
    }
    stage_wait(&stage, STAGE_READY);
    assert_int_equal(stage_stop(&stage), 0);
}

static void kills_who_stays_in_a_plugin_and_tells_where(void **state)
{
    struct stage_event event;

    (void)state;
    stage_init(&stage, 1, NULL);
    stage.options.stuck_ms = 100;
    assert_true(stage_start(&stage));
    stage_wait_ready(&stage);
    asks("GET /hang HTTP/1.1\r\n\r\n");
    event = stage_wait(&stage, STAGE_DIED);
    assert_int_equal(event.death.signal, SIGKILL);
    assert_true(event.death.stuck);
    assert_true(event.has_crumb);
    assert_string_equal(event.crumb.node, "slow_node");
    stage_wait(&stage, STAGE_READY);
    assert_int_equal(stage_stop(&stage), 0);
    assert_int_equal(stage.counters.stuck, 1);
}

// A stage with a worker that has too much memory, and one that has come to relieve it and isn't ready until "go".
static int stage_with_relief(pid_t *first)
{
    static const char *const words[] = {"ready-on-go", NULL};
    struct stage_answer answer;
    int fd;

    stage_init(&stage, 1, words);
    stage.options.memory_limit = 96 << 20;
    assert_true(stage_start(&stage));
    assert_true(master_publish(stage.master, "go", 2));
    stage_wait_ready(&stage);
    *first = stage.pids[0];
    fd = client_connect(stage.port);
    assert_true(stage_ask(fd, "GET /hog HTTP/1.1\r\n", &answer));
    while (atomic_load(&stage.counters.spawned) < 2)
        assert_true(stage_ask(fd, "GET /who HTTP/1.1\r\n", &answer));
    return fd;
}

static pid_t who_serves(void)
{
    struct stage_answer answer;
    int fd = client_connect(stage.port);

    assert_true(stage_ask(fd, "GET /bye HTTP/1.1\r\n", &answer));
    close(fd);
    return (pid_t)answer.pid;
}

// It serves until another one does, ends what it has in hand then, and nobody is blamed.
static void relieves_who_has_too_much_memory(void **state)
{
    struct stage_answer answer;
    struct stage_event event;
    pid_t first;
    int fd;

    (void)state;
    fd = stage_with_relief(&first);
    for (int i = 0; i < 5; i++)
        assert_int_equal(who_serves(), first);
    assert_true(master_publish(stage.master, "go", 2));
    event = stage_wait(&stage, STAGE_READY);
    assert_int_not_equal(event.pid, first);
    while (who_serves() == first) // the event comes a moment before the connections do
        ;
    for (int i = 0; i < 5; i++)
        assert_int_equal(who_serves(), event.pid);
    assert_true(stage_ask(fd, "GET /bye HTTP/1.1\r\n", &answer));
    assert_int_equal(answer.pid, first);
    close(fd);
    assert_int_equal(stage_stop(&stage), 0);
    assert_int_equal(stage.counters.outgrown, 1);
    assert_int_equal(stage.counters.died, 0);
    assert_int_equal(stage.counters.spawned, 2);
}

// It has twice what it may have, and isn't waited with for the other one.
static void kills_who_has_far_too_much_memory(void **state)
{
    struct stage_event event;
    pid_t first;
    int fd;

    (void)state;
    fd = stage_with_relief(&first);
    assert_true(client_send(fd, "GET /hog HTTP/1.1\r\n")); // it may be killed before it has answered
    event = stage_wait(&stage, STAGE_DIED);
    assert_int_equal(event.pid, first);
    assert_int_equal(event.death.signal, SIGKILL);
    close(fd);
    assert_true(master_publish(stage.master, "go", 2));
    event = stage_wait(&stage, STAGE_READY);
    assert_int_equal(who_serves(), event.pid);
    assert_int_equal(stage_stop(&stage), 0);
    assert_int_equal(stage.counters.spawned, 2);
}

static void takes_its_workers_with_it(void **state)
{
    char program[] = BUILD_DIR "/tests/unit/process/fake_worker", word[] = "master";
    char *argv[] = {program, word, NULL}, *no_environment[] = {NULL};
    posix_spawn_file_actions_t actions;
    int output[2], workers[2];
    pid_t master;
    FILE *lines;

    (void)state;
    assert_return_code(pipe(output), errno);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, output[1], 1);
    assert_int_equal(posix_spawn(&master, program, &actions, NULL, argv, no_environment), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(output[1]);
    lines = fdopen(output[0], "r");
    for (int i = 0; i < 2; i++) {
        long pid;
        char line[64];

        assert_non_null(fgets(line, sizeof(line), lines));
        assert_int_equal(sscanf(line, "ready %*u %ld", &pid), 1);
        workers[i] = pidfd_open((pid_t)pid, 0);
        assert_true(workers[i] >= 0);
    }
    kill(master, SIGKILL);
    waitpid(master, NULL, 0);
    wait_for_end(workers[0]);
    wait_for_end(workers[1]);
    fclose(lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loses_only_what_the_dead_had_in_hand),
        cmocka_unit_test(new_connections_wait_for_the_next_one),
        cmocka_unit_test(but_not_when_that_is_late),
        cmocka_unit_test(slow_ones_share_what_comes_when_the_first_is_ready),
        cmocka_unit_test(hands_over_again_what_was_not_taken),
        cmocka_unit_test(replaces_ever_later_those_that_keep_dying),
        cmocka_unit_test(comes_at_once_after_who_was_killed),
        cmocka_unit_test(kills_who_stays_in_a_plugin_and_tells_where),
        cmocka_unit_test(relieves_who_has_too_much_memory),
        cmocka_unit_test(kills_who_has_far_too_much_memory),
        cmocka_unit_test(takes_its_workers_with_it),
    };

    signals_prepare();
    alarm(300);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
