// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The loop around gRPC's completion queue: events, timers, and jobs from other threads. Knows nothing of calls but the
// one that it wakes itself with.
//
// Threads: gRPC C core 1.51 has no alarms in C, but a batch without operations completes at once on any call, even on
// one of a lame channel, and touches nothing of the call but its queue; so any thread may start one. Jobs wait on a
// lock-free stack; who finds the stack empty wakes the queue, and the wake-up takes all that is there. So the stack is
// empty or a wake-up is on its way, and never more than one is.
#include "rpc/loop.h"
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <grpc/grpc.h>
#include <grpc/support/time.h>
#include "base/clock.h"
#include "base/magic.h"
#include "rpc/timers.h"

#define LOOP_MAGIC 0x4c6f6f70u

struct loop {
    uint32_t magic;
    grpc_completion_queue *queue;
    grpc_call *wake_call;
    struct loop_event wake;
    struct timers timers;
    int64_t now_us;
    struct loop_job stop_job;
    bool stopping;
    atomic_bool stop_posted;
    _Atomic(struct loop_job *) posted; // newest first
};

static _Thread_local const struct loop *serving; // by this thread

static struct loop_job *take_jobs(struct loop *loop)
{
    struct loop_job *newest = atomic_exchange_explicit(&loop->posted, NULL, memory_order_acquire);
    struct loop_job *oldest = NULL;

    while (newest != NULL) {
        struct loop_job *next = newest->next;

        newest->next = oldest;
        oldest = newest;
        newest = next;
    }
    return oldest;
}

static void run_jobs(struct loop_event *event, bool ok)
{
    struct loop *loop = (struct loop *)((char *)event - offsetof(struct loop, wake));
    struct loop_job *job = take_jobs(loop);

    (void)ok;
    while (job != NULL) {
        struct loop_job *next = job->next; // the job may be gone after fn

        job->fn(job);
        job = next;
    }
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
    grpc_channel *lame;

    if (loop == NULL)
        return NULL;
    grpc_init();
    loop->magic = LOOP_MAGIC;
    loop->queue = grpc_completion_queue_create_for_next(NULL);
    lame = grpc_lame_client_channel_create("wake", GRPC_STATUS_UNAVAILABLE, "only wakes the loop");
    loop->wake_call = grpc_channel_create_call(lame, NULL, 0, loop->queue, grpc_slice_from_static_string("/wake"), NULL,
                                               gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);
    grpc_channel_destroy(lame); // the call keeps it
    loop->wake.fn = run_jobs;
    loop->stop_job.fn = stop;
    loop->now_us = clock_now_us();
    return loop;
}

static gpr_timespec time_of(int64_t at_us)
{
    if (at_us == INT64_MAX)
        return gpr_inf_future(GPR_CLOCK_MONOTONIC);
    return (gpr_timespec){
        .tv_sec = at_us / 1000000, .tv_nsec = (int32_t)(at_us % 1000000 * 1000), .clock_type = GPR_CLOCK_MONOTONIC};
}

// Waits for an event until the given time and serves it. False: the queue is shut down and empty.
static bool serve_event(struct loop *loop, int64_t until_us)
{
    grpc_event event = grpc_completion_queue_next(loop->queue, time_of(until_us), NULL);

    loop->now_us = clock_now_us();
    if (event.type == GRPC_OP_COMPLETE) {
        struct loop_event *waiting = event.tag;

        waiting->fn(waiting, event.success != 0);
    }
    return event.type != GRPC_QUEUE_SHUTDOWN;
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

void loop_run(struct loop *loop)
{
    CHECK_MAGIC(loop, LOOP_MAGIC);
    ALWAYS(serving == NULL);
    serving = loop;
    loop->stopping = false;
    do {
        serve_event(loop, timers_next_us(&loop->timers));
        fire_timers(loop);
    } while (!loop->stopping || atomic_load_explicit(&loop->posted, memory_order_acquire) != NULL);
    serving = NULL;
}

void loop_free(struct loop *loop)
{
    if (loop == NULL)
        return;
    CHECK_MAGIC(loop, LOOP_MAGIC);
    grpc_call_unref(loop->wake_call);
    grpc_completion_queue_shutdown(loop->queue);
    while (serve_event(loop, INT64_MAX)) {
    }
    grpc_completion_queue_destroy(loop->queue);
    timers_free(&loop->timers);
    loop->magic = 0;
    free(loop);
    grpc_shutdown();
}

grpc_completion_queue *loop_queue(struct loop *loop)
{
    CHECK_MAGIC(loop, LOOP_MAGIC);
    return loop->queue;
}

void loop_post(struct loop *loop, struct loop_job *job)
{
    struct loop_job *top = atomic_load_explicit(&loop->posted, memory_order_relaxed);
    grpc_call_error error;

    do
        job->next = top;
    while (
        !atomic_compare_exchange_weak_explicit(&loop->posted, &top, job, memory_order_release, memory_order_relaxed));
    if (top != NULL)
        return; // whoever found it empty wakes the loop
    error = grpc_call_start_batch(loop->wake_call, NULL, 0, &loop->wake, NULL);
    ALWAYS(error == GRPC_CALL_OK);
}

void loop_drain(struct loop *loop)
{
    CHECK_MAGIC(loop, LOOP_MAGIC);
    run_jobs(&loop->wake, true);
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

bool loop_on_thread(const struct loop *loop)
{
    return serving == loop;
}
