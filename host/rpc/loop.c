// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The loop: turns of what has come, each followed by what was deferred to its end. Knows nothing of calls.
//
// Threads: gRPC tells of nothing by a descriptor and polls only sockets that it made, so there are two threads: one
// waits on its completion queue (loop_queue.c), the other, here, for our sockets and for time. Whichever has something
// to do takes the turn and is the loop's thread until it gives the turn back. Neither waits long for the other: what
// comes from the queue while the turn is taken is left for whoever has it. Events and jobs lie on lock-free stacks; who
// pushes while loop_run()'s thread sleeps wakes it, by an eventfd that nobody needs to read, for it is watched by its
// edges.
#include "rpc/loop.h"
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/eventfd.h>
#include "base/clock.h"
#include "base/magic.h"
#include "rpc/loop_inner.h"

static _Thread_local const struct loop *serving; // by this thread, now

void loop_wake(struct loop *loop)
{
    if (atomic_exchange(&loop->sleeping, false))
        ALWAYS(eventfd_write(loop->wake.fd, 1) == 0);
}

void loop_nudge(struct loop *loop)
{
    atomic_store(&loop->nudged, true);
    loop_wake(loop);
}

void loop_enter(struct loop *loop)
{
    ALWAYS(serving == NULL);
    serving = loop;
    loop->now_us = clock_now_us();
}

void loop_leave(struct loop *loop)
{
    ALWAYS(serving == loop);
    serving = NULL;
}

static void woken(struct loop_watch *watch, uint32_t events)
{
    (void)watch;
    (void)events;
}

static void stop(struct loop_job *job)
{
    struct loop *loop = (struct loop *)((char *)job - offsetof(struct loop, stop_job));

    loop->stopping = true;
    atomic_store(&loop->stop_posted, false);
}

struct loop *loop_new(void)
{
    struct loop *loop = calloc(1, sizeof(*loop));

    if (loop == NULL)
        return NULL;
    loop->magic = LOOP_MAGIC;
    loop->stop_job.fn = stop;
    loop->now_us = clock_now_us();
    loop->last_deferred = &loop->deferred;
    loop->wake.fn = woken;
    pthread_mutex_init(&loop->turn, NULL);
    loop->wake.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (loop->wake.fd >= 0 && loop->epoll >= 0 && loop_watch(loop, &loop->wake) && loop_queue_start(loop))
        return loop;
    if (loop->wake.fd >= 0)
        close(loop->wake.fd);
    if (loop->epoll >= 0)
        close(loop->epoll);
    pthread_mutex_destroy(&loop->turn);
    free(loop->places);
    free(loop);
    return NULL;
}

// gRPC's events in the order in which they came. True: there were some.
static bool serve_events(struct loop *loop)
{
    struct loop_event *newest = atomic_exchange(&loop->events, NULL), *oldest = NULL;

    while (newest != NULL) {
        struct loop_event *next = newest->next;

        newest->next = oldest;
        oldest = newest;
        newest = next;
    }
    if (oldest == NULL)
        return false;
    while (oldest != NULL) {
        struct loop_event *next = oldest->next; // it may be gone after fn

        loop->now_us = clock_now_us();
        oldest->fn(oldest, oldest->ok);
        oldest = next;
    }
    return true;
}

static void run_jobs(struct loop *loop)
{
    struct loop_job *newest = atomic_exchange(&loop->posted, NULL), *oldest = NULL;

    while (newest != NULL) {
        struct loop_job *next = newest->next;

        newest->next = oldest;
        oldest = newest;
        newest = next;
    }
    while (oldest != NULL) {
        struct loop_job *next = oldest->next;

        oldest->fn(oldest);
        oldest = next;
    }
}

static void run_deferred(struct loop *loop)
{
    while (loop->deferred != NULL) {
        struct loop_job *job = loop->deferred;

        loop->deferred = job->next;
        if (loop->deferred == NULL)
            loop->last_deferred = &loop->deferred;
        job->fn(job);
    }
}

static void fire_timers(struct loop *loop)
{
    // A timer that arms itself anew for now has to wait for the next round, or events would starve.
    for (size_t left = loop->timers.count; left > 0; left--) {
        struct loop_timer *timer = timers_take(&loop->timers, loop->now_us);

        if (timer == NULL)
            break;
        timer->fn(timer);
    }
}

void loop_serve(struct loop *loop)
{
    serve_events(loop);
    run_jobs(loop);
    run_deferred(loop);
}

static bool has_work(struct loop *loop)
{
    return atomic_load(&loop->events) != NULL || atomic_load(&loop->posted) != NULL;
}

static int wait_ms(int64_t until_us)
{
    int64_t left_us = until_us - clock_now_us();

    if (until_us == INT64_MAX)
        return -1;
    return left_us <= 0 ? 0 : left_us >= INT64_C(1000) * INT32_MAX ? INT32_MAX : (int)((left_us + 999) / 1000);
}

// What the kernel has for us; waits for it where nothing else is to be done.
static int wait_for_sockets(struct loop *loop, int64_t until_us, struct epoll_event *batch)
{
    int timeout_ms = wait_ms(until_us), count;

    atomic_store(&loop->sleeping, true); // from here on who pushes wakes us
    if (has_work(loop) || atomic_load(&loop->nudged))
        timeout_ms = 0;
    count = epoll_wait(loop->epoll, batch, LOOP_BATCH, timeout_ms);
    atomic_store(&loop->sleeping, false);
    ALWAYS(count >= 0 || errno == EINTR);
    return count;
}

static void take_turn(struct loop *loop)
{
    atomic_store(&loop->waiting, true);
    pthread_mutex_lock(&loop->turn);
    atomic_store(&loop->waiting, false);
    atomic_store(&loop->nudged, false);
    loop_enter(loop);
}

// True: there is another.
static bool serve_turn(struct loop *loop, const struct epoll_event *batch, int count)
{
    for (int i = 0; i < count; i++) {
        loop_watch_event(loop, &batch[i]);
        loop->now_us = clock_now_us();
    }
    serve_events(loop);
    run_jobs(loop);
    fire_timers(loop);
    run_deferred(loop);
    loop->sleeps_until_us = timers_next_us(&loop->timers);
    return !loop->stopping || atomic_load(&loop->posted) != NULL;
}

void loop_run(struct loop *loop)
{
    struct epoll_event batch[LOOP_BATCH];
    int count = 0;

    CHECK_MAGIC(loop, LOOP_MAGIC);
    take_turn(loop);
    loop->stopping = false;
    loop->running = true;
    while (serve_turn(loop, batch, count)) {
        int64_t until_us = loop->sleeps_until_us;

        loop_leave(loop);
        pthread_mutex_unlock(&loop->turn);
        count = wait_for_sockets(loop, until_us, batch);
        take_turn(loop);
    }
    loop->running = false;
    loop_leave(loop);
    pthread_mutex_unlock(&loop->turn);
}

void loop_drain(struct loop *loop)
{
    CHECK_MAGIC(loop, LOOP_MAGIC);
    run_jobs(loop);
    run_deferred(loop);
}

void loop_finish(struct loop *loop)
{
    CHECK_MAGIC(loop, LOOP_MAGIC);
    if (loop->finished)
        return;
    loop->finished = true;
    loop_queue_end(loop);
    loop_enter(loop);
    loop_serve(loop);
    loop_leave(loop);
}

void loop_free(struct loop *loop)
{
    if (loop == NULL)
        return;
    loop_finish(loop);
    grpc_completion_queue_destroy(loop->queue);
    grpc_shutdown();
    timers_free(&loop->timers);
    close(loop->wake.fd);
    close(loop->epoll);
    pthread_mutex_destroy(&loop->turn);
    free(loop->places);
    loop->magic = 0;
    free(loop);
}

void loop_post(struct loop *loop, struct loop_job *job)
{
    job->next = atomic_load_explicit(&loop->posted, memory_order_relaxed);
    while (!atomic_compare_exchange_weak(&loop->posted, &job->next, job)) {
    }
    if (serving != loop) // whose turn ends with a look at what was posted
        loop_wake(loop);
}

void loop_defer(struct loop *loop, struct loop_job *job)
{
    job->next = NULL;
    *loop->last_deferred = job;
    loop->last_deferred = &job->next;
}

void loop_stop(struct loop *loop)
{
    CHECK_MAGIC(loop, LOOP_MAGIC);
    if (!atomic_exchange(&loop->stop_posted, true))
        loop_post(loop, &loop->stop_job);
}

bool loop_timer_arm(struct loop *loop, struct loop_timer *timer, int64_t at_us)
{
    return timers_arm(&loop->timers, timer, at_us);
}

void loop_timer_drop(struct loop *loop, struct loop_timer *timer)
{
    timers_drop(&loop->timers, timer);
}

int64_t loop_now_us(const struct loop *loop)
{
    return loop->now_us;
}

void loop_on_join(struct loop *loop, void (*fn)(void))
{
    loop->join = fn;
}

bool loop_on_thread(const struct loop *loop)
{
    return serving == loop;
}
