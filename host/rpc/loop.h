// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The loop: one thread, one completion queue of gRPC's. Inbound calls, outbound calls and their continuations share it,
// so the serving path has no locks. Other threads reach it by loop_post() only.
//
// Threads: loop_run() on the loop's thread; loop_post(), loop_stop() from any; all else on the loop's thread (or before
// loop_run() starts).
#ifndef RPC_LOOP_H
#define RPC_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct loop;
struct grpc_completion_queue;

// What a completion queue's tag points to. Embedded in the struct that waits; must stay until fn is called.
struct loop_event {
    void (*fn)(struct loop_event *event, bool ok);
};

// A piece of work handed over by another thread. Embedded; must stay until fn is called.
struct loop_job {
    void (*fn)(struct loop_job *job);
    struct loop_job *next;
};

// A one-shot timer. Embedded.
struct loop_timer {
    void (*fn)(struct loop_timer *timer);
    int64_t at_us; // CLOCK_MONOTONIC
    uint32_t slot; // place in the heap + 1; 0: not armed
};

struct loop *loop_new(void);       // NULL: no memory
void loop_free(struct loop *loop); // after loop_run() returned and everything on the queue has ended
struct grpc_completion_queue *loop_queue(struct loop *loop);
// Serves events, jobs and timers until loop_stop(), then returns once no job is left.
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);
// Runs the job on the loop soon. Jobs of one thread run in their order. A job that posts itself each time it runs keeps
// the loop from the network, which gRPC looks at once nothing else is there; that is what timers are for.
void loop_post(struct loop *loop, struct loop_job *job);
// Arms a timer, or moves one that is armed. It fires at its time or a little later: waits have milliseconds. False: no
// memory.
// Runs what was posted to a loop that runs no more.
void loop_drain(struct loop *loop);
bool loop_timer_arm(struct loop *loop, struct loop_timer *timer, int64_t at_us);
void loop_timer_drop(struct loop *loop, struct loop_timer *timer);
// Microseconds, read once per event served: cheap.
int64_t loop_now_us(const struct loop *loop);
bool loop_on_thread(const struct loop *loop);

#endif
