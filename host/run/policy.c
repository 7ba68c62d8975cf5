// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Policies of nodes at work: time, fallback, defaults.
#include "run/policy.h"

#include <inttypes.h>

#include "run/observe_policy.h"
#include "run/shadow.h"
#include "run/step.h"

// A step's own time.
struct run_limit {
    struct loop_timer timer;
    struct run_step *step;
    bool armed;
};

// The run must outlive the plugin's function. Calls of the step were given the same time, and end by themselves.
static void time_is_up(struct loop_timer *timer)
{
    struct run_limit *limit = (struct run_limit *)timer;
    struct run *run = limit->step->run;
    bool nested = run->pumping;

    limit->armed = false;
    run->pumping = true;
    run_cancel_step(limit->step);
    run->pumping = nested;
    run_pump(run);
}

void run_policy_begin(struct run_step *step)
{
    const struct plan_policy *policy = step->node->policy;
    struct run *run = step->run;
    int64_t until = step->started_us + policy->timeout_us;
    struct run_limit *limit;

    if (!policy->timeout_us || until >= run->deadline_us)
        return;
    step->shown.deadline_us = until;
    limit = arena_zalloc(&run->arena, sizeof(*limit));
    if (!limit)
        return; // its calls end in time all the same
    limit->timer.fn = time_is_up;
    limit->step = step;
    limit->armed = loop_timer_arm(run->engine->loop, &limit->timer, until);
    step->limit = limit;
}

int run_policy_status(struct run_step *step, int status)
{
    struct run_limit *limit = step->limit;
    struct run *run = step->run;
    const char *message;

    if (limit && limit->armed)
        loop_timer_drop(run->engine->loop, &limit->timer);
    if (!limit || status == INFERD_OK)
        return status;
    if (loop_now_us(run->engine->loop) <
        step->shown.deadline_us - (status == INFERD_DEADLINE_EXCEEDED ? RUN_SAME_TIME_US : 0))
        return status;
    run_observe_act(step, POLICY_TIMED_OUT);
    message = arena_printf(&run->arena, "no result within its timeout_ms of %" PRId64 "%s%s",
                           step->node->policy->timeout_us / 1000, step->message ? ": " : "",
                           step->message ? step->message : "");
    if (message)
        step->message = message;
    return INFERD_DEADLINE_EXCEEDED;
}

static void fill(struct run_step *step, const struct plan_default *missing)
{
    struct inferd_column *column = step->run->columns[missing->column];
    uint32_t words = (column->rows + 63) / 64, count = 0;

    for (uint32_t w = 0; w < words; w++) {
        uint64_t empty = ~column->valid[w];

        if (w == words - 1 && column->rows % 64)
            empty &= (UINT64_C(1) << column->rows % 64) - 1;
        for (; empty; empty &= empty - 1) {
            uint32_t row = w * 64 + (uint32_t)__builtin_ctzll(empty);

            if (inferd_column_fall_back(column, row).len)
                continue; // the request has it
            inferd_column_set(column, row, missing->value);
            count++;
        }
    }
    if (!count)
        return;
    run_count_defaults(step, count);
    run_observe_defaults(step->node, count);
}

bool run_policy_end(struct run_step *step)
{
    const struct plan_policy *policy = step->node->policy;
    struct run *run = step->run;

    if (step->node->component->shadows) {
        run_shadow_end(step);
        return true;
    }
    if (run->answered || !run->columns)
        return false;
    if (step->status == INFERD_OK && policy->shadow_share > 0)
        run_shadow_begin(step);
    if (step->status != INFERD_OK && policy->fallback_node != PLAN_NO_NODE) {
        run_observe_act(step, POLICY_FELL_BACK);
        step->handed_on = true;
        run->ready[run->ready_count++] = policy->fallback_node;
        return true;
    }
    if (step->status != INFERD_OK && policy->forgives)
        run_observe_act(step, POLICY_FORGAVE);
    if (step->status != INFERD_OK && step->node->component->required)
        return false;
    for (uint32_t i = 0; i < policy->default_count; i++)
        fill(step, &policy->defaults[i]);
    return false;
}
