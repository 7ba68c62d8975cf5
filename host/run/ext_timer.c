// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// inferd.timer/1: one-shot timers of a step.
#include "base/clock.h"
#include "run/extensions.h"
#include "run/step.h"

struct run_timer {
    struct loop_timer timer;
    struct run_timer *next; // of the same step
    struct run_step *step;
    inferd_timer_fn *fn;
    void *user;
    uint64_t id;
};

static void fired(struct loop_timer *timer)
{
    struct run_timer *own = (struct run_timer *)timer;
    struct run_step *step = own->step;
    struct run *run = step->run;
    bool nested = run->pumping;
    uint64_t before;

    own->id = 0;
    run->pumping = true; // the run must outlive the plugin's function
    before = run_enter(step);
    own->fn(&step->shown, own->user);
    breadcrumb_leave(before);
    run->pumping = nested;
    run_pump(run);
}

static uint64_t after(struct inferd_step *shown, int64_t delay_us, inferd_timer_fn *fn, void *user)
{
    static uint64_t last;
    struct run_step *step = run_step_of(shown);
    struct loop *loop = step->run->engine->loop;
    struct run_timer *own = arena_zalloc(&step->run->arena, sizeof(*own));

    if (!own)
        return 0;
    own->timer.fn = fired;
    own->step = step;
    own->fn = fn;
    own->user = user;
    if (!loop_timer_arm(loop, &own->timer, loop_now_us(loop) + (delay_us > 0 ? delay_us : 0)))
        return 0;
    own->id = ++last;
    own->next = step->timers;
    step->timers = own;
    return own->id;
}

static void drop(struct inferd_step *shown, uint64_t id)
{
    struct run_step *step = run_step_of(shown);

    for (struct run_timer *own = step->timers; own && id; own = own->next)
        if (own->id == id) {
            loop_timer_drop(step->run->engine->loop, &own->timer);
            own->id = 0;
            return;
        }
}

void run_drop_timers(struct run_step *step)
{
    for (struct run_timer *own = step->timers; own; own = own->next)
        if (own->id)
            loop_timer_drop(step->run->engine->loop, &own->timer);
    step->timers = NULL;
}

const struct inferd_timer_ext run_ext_timer = {
    .size = sizeof(run_ext_timer),
    .now_us = clock_now_us,
    .after = after,
    .drop = drop,
};
