// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The loop: serves sockets, what happens on gRPC's completion queue, jobs of other threads, and timers, one thing at a
// time. Inbound calls, outbound calls and their continuations meet here, so the serving path has no locks but the turn.
//
// Threads: two take turns, loop_run()'s and one of the loop's own; what is marked [loop] runs in either, never in both
// at a time. loop_post(), loop_stop() from any; all else on the loop (or before loop_run() starts).
#ifndef RPC_LOOP_H
#define RPC_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loop;
struct grpc_call;
struct grpc_completion_queue;
struct grpc_op;

// What a completion queue's tag points to. Embedded in the struct that waits; must stay until fn is called.
struct loop_event {
    void (*fn)(struct loop_event *event, bool ok);
    struct loop_event *next; // the loop's
    bool ok;                 // likewise
};

// A piece of work handed over by another thread. Embedded; must stay until fn is called.
struct loop_job {
    void (*fn)(struct loop_job *job);
    struct loop_job *next;
};

// A socket that the loop looks after. Embedded. It is told of changes only (EPOLLET): read until nothing is left.
struct loop_watch {
    void (*fn)(struct loop_watch *watch, uint32_t events); // of epoll
    int fd;
    uint32_t place; // the loop's
};

// A one-shot timer. Embedded.
struct loop_timer {
    void (*fn)(struct loop_timer *timer);
    int64_t at_us; // CLOCK_MONOTONIC
    uint32_t slot; // place in the heap + 1; 0: not armed
};

struct loop *loop_new(void); // NULL: no memory
// Nothing more may begin on the queue; serves what is still to come from it. After the last loop_run(), and before what
// its events point to is freed.
void loop_finish(struct loop *loop);
void loop_free(struct loop *loop); // finishes it, too
struct grpc_completion_queue *loop_queue(struct loop *loop);
// Serves events, jobs and timers until loop_stop(), then returns once no job is left.
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);
// Starts a batch of a call that is bound to the loop's queue; event's function is called when it is done. Where gRPC
// can do it at once, as most often with a reply, nobody is woken for it. [loop]
void loop_start_batch(struct loop *loop, struct grpc_call *call, const struct grpc_op *ops, size_t count,
                      struct loop_event *event);
// Runs the job on the loop soon. Jobs of one thread run in their order. [any]
void loop_post(struct loop *loop, struct loop_job *job);
// Runs the job at the end of this turn, when all that came together is done: for what is better done once. A job may
// defer others, itself too.
void loop_defer(struct loop *loop, struct loop_job *job);
// False: the kernel takes no more. The watch stays where it is until loop_unwatch(), after which fn isn't called.
bool loop_watch(struct loop *loop, struct loop_watch *watch);
void loop_unwatch(struct loop *loop, struct loop_watch *watch);
// Runs what was posted to a loop that runs no more.
void loop_drain(struct loop *loop);
// Arms a timer, or moves one that is armed. It fires at its time or a little later: waits have milliseconds. False: no
// memory.
bool loop_timer_arm(struct loop *loop, struct loop_timer *timer, int64_t at_us);
void loop_timer_drop(struct loop *loop, struct loop_timer *timer);
// Microseconds, read once per event served: cheap.
int64_t loop_now_us(const struct loop *loop);
bool loop_on_thread(const struct loop *loop); // it is this thread's turn
// To be called once on the loop's own thread before anything else is. Before loop_run().
void loop_on_join(struct loop *loop, void (*fn)(void));

#endif
