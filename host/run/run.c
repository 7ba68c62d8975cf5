// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The life of a run: made, started, answered once, released by the front, and kept until nothing points to it any more.
#include "run/run.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/magic.h"
#include "run/extensions.h"
#include "run/observe.h"
#include "run/record.h"
#include "run/step.h"

#define IDLE_RUNS 256           // kept for reuse
#define ARENA_BLOCK (64 * 1024) // holds a usual run whole
// A request of a few bytes can ask for any number of columns times any number of rows, none of which it fills.
#define ARENA_LIMIT ((size_t)512 << 20)

static void deadline_passed(struct loop_timer *timer)
{
    struct run *run = (struct run *)((char *)timer - offsetof(struct run, deadline));

    run->timed = false;
    run_late(run);
}

struct run *run_new(struct run_engine *engine, struct plan *plan)
{
    struct run *run = engine->idle;
    struct arena arena;

    CHECK_MAGIC(plan, PLAN_MAGIC);
    if (run) {
        engine->idle = run->next_idle;
        engine->idle_count--;
        arena = run->arena;
    } else {
        run = malloc(sizeof(*run));
        if (!run)
            return NULL;
        arena_init(&arena, ARENA_BLOCK, ARENA_LIMIT);
    }
    memset(run, 0, sizeof(*run));
    run->arena = arena;
    run->magic = RUN_MAGIC;
    run->engine = engine;
    run->plan = plan;
    plan->users++;
    engine->under_way++;
    metrics_add(METRICS_RUNS_IN_FLIGHT, 1);
    return run;
}

static bool make_steps(struct run *run)
{
    const struct plan *plan = run->plan;
    struct run_step *steps = arena_zalloc(&run->arena, plan->node_count * sizeof(*steps));

    run->ready = arena_alloc(&run->arena, plan->node_count * sizeof(*run->ready));
    if (!steps || !run->ready)
        return false;
    for (uint32_t n = 0; n < plan->node_count; n++) {
        steps[n].shown.size = sizeof(steps[n].shown);
        steps[n].shown.deadline_us = run->deadline_us;
        steps[n].run = run;
        steps[n].node = &plan->nodes[n];
        steps[n].index = n;
        steps[n].waits = plan->nodes[n].waits;
    }
    run->steps = steps;
    run->nodes_left = plan->graph_count;
    if (run->recorded)
        run_record_begin(run);
    return true;
}

void run_start(struct run *run, const struct inferd_request *request, int64_t deadline_us,
               const struct run_front *front, void *user)
{
    CHECK_MAGIC(run, RUN_MAGIC);
    run->request = request;
    run->front = front;
    run->user = user;
    run->deadline_us = deadline_us;
    run->started_us = loop_now_us(run->engine->loop);
    run_observe_start(run);
    if (!make_steps(run)) {
        run_fail(run, INFERD_RESOURCE_EXHAUSTED, "no memory for the run's steps");
        return;
    }
    run_headers(run, "traceparent", &run->traceparent, 1);
    if (deadline_us != RUN_NO_DEADLINE) {
        run->deadline.fn = deadline_passed;
        run->timed = loop_timer_arm(run->engine->loop, &run->deadline, deadline_us);
    }
    run->ready[run->ready_count++] = run->plan->root;
    run_pump(run);
}

static void cancel_steps(struct run *run)
{
    for (uint32_t n = 0; run->pending && n < run->plan->node_count; n++)
        run_cancel_step(&run->steps[n]);
}

// Calls the front once; what is under way of a failed run is told to hurry.
static void answer(struct run *run, int status, const char *message)
{
    if (run->answered)
        return;
    run->answered = true;
    if (run->timed)
        loop_timer_drop(run->engine->loop, &run->deadline);
    run->timed = false;
    run_observe_answer(run, status);
    if (status != INFERD_OK) {
        run_cancel_calls(run);
        cancel_steps(run);
    }
    run->front->done(run->user, run, status, message);
}

void run_late(struct run *run)
{
    run_fail(run, INFERD_DEADLINE_EXCEEDED, "the deadline has passed");
}

void run_fail(struct run *run, int status, const char *message)
{
    CHECK_MAGIC(run, RUN_MAGIC);
    answer(run, status, message);
}

void run_cancel(struct run *run)
{
    run_fail(run, INFERD_CANCELLED, "the client is gone");
}

static void free_run(struct run *run)
{
    struct run_engine *engine = run->engine;

    while (run->holds) {
        rpc_release(run->holds->hold);
        run->holds = run->holds->next;
    }
    if (run->forget)
        run->forget(run->forget_user);
    run->plan->users--;
    if (run->plan->left)
        run->plan->left(run->plan->left_user, run->plan);
    arena_reset(&run->arena);
    run->magic = 0;
    metrics_add(METRICS_RUNS_IN_FLIGHT, -1);
    if (engine->idle_count < IDLE_RUNS) {
        run->next_idle = engine->idle;
        engine->idle = run;
        engine->idle_count++;
    } else {
        arena_free(&run->arena);
        free(run);
    }
    if (--engine->under_way == 0 && engine->quiet)
        engine->quiet(engine->quiet_user);
}

void run_settle(struct run *run)
{
    if (run->pumping)
        return; // whoever set it settles later
    if (run->steps && run->nodes_left == 0 && !run->answered) {
        run->pumping = true; // the front releases the run while it is answered
        answer(run, INFERD_OK, "");
        run->pumping = false;
    }
    if (run->released && run->pending == 0 && run->outstanding == 0)
        free_run(run);
}

void run_release(struct run *run)
{
    CHECK_MAGIC(run, RUN_MAGIC);
    ALWAYS(!run->released);
    run->released = true;
    run_settle(run);
}
