// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Inside the loop: what its two threads share. loop.c waits for sockets and time, loop_queue.c for gRPC's completion
// queue, loop_watch.c knows the sockets.
#ifndef RPC_LOOP_INNER_H
#define RPC_LOOP_INNER_H

#include <pthread.h>
#include <stdatomic.h>
#include <grpc/grpc.h>
#include <sys/epoll.h>
#include "rpc/loop.h"
#include "rpc/timers.h"

#define LOOP_MAGIC 0x4c6f6f70u
#define LOOP_BATCH 64 // sockets served in a turn

// A place for a watch. What epoll says names the place and how often it was given away, for the watch may be gone by
// the time it is our turn.
struct loop_place {
    struct loop_watch *watch; // NULL: free
    uint32_t uses;
    uint32_t next_free;
};

struct loop {
    uint32_t magic;
    int epoll;
    struct loop_watch wake; // an eventfd
    grpc_completion_queue *queue;
    pthread_t queue_thread;
    pthread_mutex_t turn; // who has it is the loop's thread for the time being; guards all that follows
    bool running;         // loop_run() is under way
    bool stopping, finished;
    int64_t now_us;
    int64_t sleeps_until_us; // loop_run()'s thread does, at most
    struct timers timers;
    struct loop_job stop_job;
    struct loop_job *deferred, **last_deferred;
    struct loop_place *places;
    uint32_t place_count, free_place;
    void (*join)(void); // called once on the queue's thread
    // Of all threads:
    atomic_bool waiting;  // loop_run()'s thread waits for its turn
    atomic_bool sleeping; // it waits for the kernel; who makes this false wakes it
    atomic_bool nudged;   // it has to go through a turn before it sleeps
    atomic_bool stop_posted;
    _Atomic(struct loop_job *) posted;   // newest first
    _Atomic(struct loop_event *) events; // likewise
};

void loop_wake(struct loop *loop);  // after something was pushed
void loop_nudge(struct loop *loop); // after anything else that loop_run()'s thread has to look at
// What gRPC's queue and other threads have left, and what was deferred meanwhile. [loop]
void loop_serve(struct loop *loop);
void loop_enter(struct loop *loop); // with the turn: this thread is the loop's
void loop_leave(struct loop *loop);

// Begins with grpc_init(). False: no thread.
bool loop_queue_start(struct loop *loop);
// All that was on the queue is among the events then. To destroy it, and grpc_shutdown(), are left to whoever serves
// them.
void loop_queue_end(struct loop *loop);

// What epoll said of a place.
void loop_watch_event(struct loop *loop, const struct epoll_event *event);

#endif
