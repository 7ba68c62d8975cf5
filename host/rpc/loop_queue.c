// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The thread on a loop's completion queue: gRPC reads and writes its sockets in here. What it has done is served at
// once where the turn is free.
#include <grpc/support/time.h>
#include "base/magic.h"
#include "rpc/loop_inner.h"

// The event comes from whoever started its batch by way of gRPC, into which no sanitizer sees, so it would be called a
// race.
__attribute__((no_sanitize("thread"))) static void push(struct loop *loop, struct loop_event *event, bool ok)
{
    event->ok = ok;
    event->next = atomic_load_explicit(&loop->events, memory_order_relaxed);
    while (!atomic_compare_exchange_weak(&loop->events, &event->next, event)) {
    }
}

// A batch that ends while it is started would be put on the queue, and its thread woken; gRPC can be asked to keep one
// such for who started it.
void loop_start_batch(struct loop *loop, grpc_call *call, const grpc_op *ops, size_t count, struct loop_event *event)
{
    void *ended;
    int ok;

    grpc_completion_queue_thread_local_cache_init(loop->queue);
    ALWAYS(grpc_call_start_batch(call, ops, count, event, NULL) == GRPC_CALL_OK);
    if (grpc_completion_queue_thread_local_cache_flush(loop->queue, &ended, &ok))
        push(loop, ended, ok != 0);
}

static void serve_turn(struct loop *loop)
{
    if (loop->join != NULL)
        loop->join();
    loop->join = NULL;
    loop_enter(loop);
    loop_serve(loop);
    if (loop->stopping || atomic_load(&loop->posted) != NULL || timers_next_us(&loop->timers) < loop->sleeps_until_us)
        loop_nudge(loop); // to go on with that
    loop_leave(loop);
}

// Whoever has the turn looks for events once more after giving it back, so none is left lying.
static void serve_what_came(struct loop *loop)
{
    bool running = true;

    while (running && atomic_load(&loop->events) != NULL && !atomic_load(&loop->waiting) &&
           pthread_mutex_trylock(&loop->turn) == 0) {
        running = loop->running;
        if (running)
            serve_turn(loop);
        pthread_mutex_unlock(&loop->turn);
    }
}

static void *serve(void *user)
{
    struct loop *loop = user;

    for (;;) {
        grpc_event event = grpc_completion_queue_next(loop->queue, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);

        if (event.type == GRPC_QUEUE_SHUTDOWN)
            return NULL;
        push(loop, event.tag, event.success != 0);
        serve_what_came(loop);
    }
}

bool loop_queue_start(struct loop *loop)
{
    grpc_init();
    loop->queue = grpc_completion_queue_create_for_next(NULL);
    if (pthread_create(&loop->queue_thread, NULL, serve, loop) == 0) {
        pthread_setname_np(loop->queue_thread, "grpc-queue");
        return true;
    }
    grpc_completion_queue_shutdown(loop->queue);
    grpc_completion_queue_destroy(loop->queue);
    grpc_shutdown();
    return false;
}

void loop_queue_end(struct loop *loop)
{
    grpc_completion_queue_shutdown(loop->queue);
    pthread_join(loop->queue_thread, NULL);
}

grpc_completion_queue *loop_queue(struct loop *loop)
{
    return loop->queue;
}
