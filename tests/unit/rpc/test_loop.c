// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The loop: jobs from many threads, timers, sockets, what is deferred, stopping. One that isn't woken hangs until the
// alarm ends it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include "base/clock.h"
#include "rpc/loop.h"

#define POSTERS 4
#define POSTS 20000
#define CONTAINER(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

static void *run(void *loop)
{
    loop_run(loop);
    return NULL;
}

struct note {
    struct loop_job job;
    struct loop *loop;
    unsigned poster, number;
    sem_t *seen;
};

static unsigned next_number[POSTERS]; // written on the loop only
static unsigned served;

static void take_note(struct loop_job *job)
{
    struct note *note = CONTAINER(job, struct note, job);

    assert_true(loop_on_thread(note->loop));
    assert_int_equal(note->number, next_number[note->poster]);
    next_number[note->poster]++;
    served++;
    if (note->seen != NULL)
        sem_post(note->seen);
    else
        free(note);
}

static void test_wakes_an_idle_loop(void **state)
{
    struct loop *loop = loop_new();
    struct note note = {.job = {take_note, NULL}, .loop = loop};
    sem_t seen;
    pthread_t thread;

    (void)state;
    next_number[0] = 0;
    assert_non_null(loop);
    assert_int_equal(sem_init(&seen, 0, 0), 0);
    note.seen = &seen;
    assert_int_equal(pthread_create(&thread, NULL, run, loop), 0);
    for (unsigned i = 0; i < 2000; i++) { // each finds the loop asleep, or about to be
        note.number = i;
        loop_post(loop, &note.job);
        assert_int_equal(sem_wait(&seen), 0);
    }
    assert_false(loop_on_thread(loop));
    loop_stop(loop);
    assert_int_equal(pthread_join(thread, NULL), 0);
    loop_free(loop);
    sem_destroy(&seen);
}

struct poster {
    struct loop *loop;
    unsigned id;
};

static void *post_many(void *arg)
{
    struct poster *poster = arg;

    for (unsigned i = 0; i < POSTS; i++) {
        struct note *note = calloc(1, sizeof(*note));

        assert_non_null(note);
        *note = (struct note){.job = {take_note, NULL}, .loop = poster->loop, .poster = poster->id, .number = i};
        loop_post(poster->loop, &note->job);
        if (i % 64 == 63) // let the loop fall asleep now and then
            usleep(i % 256);
    }
    return NULL;
}

static void test_many_threads_in_order_none_lost(void **state)
{
    struct loop *loop = loop_new();
    struct poster poster[POSTERS];
    pthread_t thread[POSTERS], server;

    (void)state;
    served = 0;
    assert_int_equal(pthread_create(&server, NULL, run, loop), 0);
    for (unsigned i = 0; i < POSTERS; i++) {
        next_number[i] = 0;
        poster[i] = (struct poster){loop, i};
        assert_int_equal(pthread_create(&thread[i], NULL, post_many, &poster[i]), 0);
    }
    for (unsigned i = 0; i < POSTERS; i++)
        assert_int_equal(pthread_join(thread[i], NULL), 0);
    loop_stop(loop);
    assert_int_equal(pthread_join(server, NULL), 0);
    assert_int_equal(served, POSTERS * POSTS);
    loop_free(loop);
}

struct chain {
    struct loop_job job;
    struct loop *loop;
    unsigned left;
};

static void post_again(struct loop_job *job)
{
    struct chain *chain = CONTAINER(job, struct chain, job);

    if (chain->left-- > 1)
        loop_post(chain->loop, job);
}

static void test_stops_after_the_last_job(void **state)
{
    struct loop *loop = loop_new();
    struct chain chain = {.job = {post_again, NULL}, .loop = loop, .left = 100};

    (void)state;
    loop_stop(loop); // before it runs, and twice
    loop_stop(loop);
    loop_post(loop, &chain.job);
    loop_run(loop);
    assert_int_equal(chain.left, 0);

    chain.left = 3; // and again with the same loop
    loop_post(loop, &chain.job);
    loop_stop(loop);
    loop_run(loop);
    assert_int_equal(chain.left, 0);
    loop_free(loop);
}

struct alarm_clock {
    struct loop_timer timer;
    struct loop *loop;
    int64_t fired_us; // by the clock, 0: did not
    unsigned times;
    bool last;
};

static void ring(struct loop_timer *timer)
{
    struct alarm_clock *clock = CONTAINER(timer, struct alarm_clock, timer);

    clock->fired_us = clock_now_us();
    clock->times++;
    if (clock->last)
        loop_stop(clock->loop);
}

static void test_timers_fire_and_drop(void **state)
{
    struct loop *loop = loop_new();
    int64_t now = clock_now_us();
    struct alarm_clock early = {.timer.fn = ring, .loop = loop};
    struct alarm_clock late = {.timer.fn = ring, .loop = loop, .last = true};
    struct alarm_clock dropped = {.timer.fn = ring, .loop = loop};

    (void)state;
    assert_true(loop_timer_arm(loop, &late.timer, now + 30000));
    assert_true(loop_timer_arm(loop, &dropped.timer, now + 10000));
    assert_true(loop_timer_arm(loop, &early.timer, now + 20000));
    loop_timer_drop(loop, &dropped.timer);
    loop_run(loop);
    assert_int_equal(dropped.times, 0);
    assert_int_equal(early.times, 1);
    assert_int_equal(late.times, 1);
    assert_true(early.fired_us >= now + 20000); // never before its time
    assert_true(late.fired_us >= now + 30000);
    assert_true(early.fired_us <= late.fired_us);
    assert_true(loop_now_us(loop) >= now + 30000);
    loop_free(loop);
}

struct restless {
    struct loop_timer timer;
    struct loop *loop;
    unsigned rounds;
};

static void arm_for_now(struct loop_timer *timer)
{
    struct restless *restless = CONTAINER(timer, struct restless, timer);

    restless->rounds++;
    assert_true(loop_timer_arm(restless->loop, timer, loop_now_us(restless->loop)));
}

static void stop_from_job(struct loop_job *job)
{
    loop_stop(CONTAINER(job, struct chain, job)->loop);
}

static void test_a_restless_timer_starves_nobody(void **state)
{
    struct loop *loop = loop_new();
    struct restless restless = {.timer.fn = arm_for_now, .loop = loop};
    struct chain stopper = {.job = {stop_from_job, NULL}, .loop = loop};

    (void)state;
    assert_true(loop_timer_arm(loop, &restless.timer, 0));
    loop_post(loop, &stopper.job);
    loop_run(loop);
    assert_true(restless.rounds > 0);
    loop_timer_drop(loop, &restless.timer);
    loop_free(loop);
}

struct end {
    struct loop_watch watch;
    struct loop *loop;
    struct loop_job later;
    struct end *other;
    int events, deferred;
};

static void hear(struct loop_watch *watch, uint32_t events)
{
    struct end *end = CONTAINER(watch, struct end, watch);
    char text[8];

    assert_true(loop_on_thread(end->loop));
    if ((events & EPOLLIN) == 0)
        return; // it can be written to
    assert_int_equal(read(watch->fd, text, sizeof(text)), 1);
    end->events++;
    loop_defer(end->loop, &end->later);
}

static void later(struct loop_job *job)
{
    struct end *end = CONTAINER(job, struct end, later);

    assert_int_equal(end->other->events, 1);
    if (++end->deferred == 1 && end->other->deferred == 1)
        loop_stop(end->loop);
}

// Both sockets may be ready in one turn; what each defers comes behind both.
static void test_sockets_and_what_is_deferred(void **state)
{
    struct loop *loop = loop_new();
    struct end ends[2] = {{.watch.fn = hear, .loop = loop, .later.fn = later, .other = &ends[1]},
                          {.watch.fn = hear, .loop = loop, .later.fn = later, .other = &ends[0]}};
    int pairs[2][2];

    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pairs[i]), 0);
        ends[i].watch.fd = pairs[i][0];
        assert_true(loop_watch(loop, &ends[i].watch));
        assert_int_equal(write(pairs[i][1], "x", 1), 1);
    }
    loop_run(loop);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(ends[i].events, 1);
        assert_int_equal(ends[i].deferred, 1);
        loop_unwatch(loop, &ends[i].watch);
    }
    loop_free(loop);
    for (int i = 0; i < 2; i++) {
        close(pairs[i][0]);
        close(pairs[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sockets_and_what_is_deferred),
        cmocka_unit_test(test_wakes_an_idle_loop),
        cmocka_unit_test(test_many_threads_in_order_none_lost),
        cmocka_unit_test(test_stops_after_the_last_job),
        cmocka_unit_test(test_timers_fire_and_drop),
        cmocka_unit_test(test_a_restless_timer_starves_nobody),
    };

    alarm(120);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
