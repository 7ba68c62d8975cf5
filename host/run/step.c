// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Steps: a node starts the moment its inputs are ready; its end starts what waited for it. A failed step fails the run
// where its node is required, else its columns stay missing.
#include "run/step.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/magic.h"
#include "base/text.h"
#include "run/condition.h"
#include "run/extensions.h"
#include "run/observe.h"
#include "run/observe_policy.h"
#include "run/policy.h"
#include "run/record.h"

// A token names a slot and the serial number of its user, so that a late completion finds nobody.
static bool take_slot(struct run_step *step)
{
    struct run_engine *engine = step->run->engine;
    struct run_slot *slot;

    if (!engine->free_slot) {
        uint32_t count = engine->slot_count ? 2 * engine->slot_count : 256;
        struct run_slot *grown = realloc(engine->slots, count * sizeof(*grown));

        if (!grown)
            return false;
        for (uint32_t i = engine->slot_count; i < count; i++)
            grown[i] = (struct run_slot){.serial = 1, .next_free = i + 1 < count ? i + 2 : 0};
        engine->slots = grown;
        engine->free_slot = engine->slot_count + 1;
        engine->slot_count = count;
    }
    step->slot = engine->free_slot;
    slot = &engine->slots[step->slot - 1];
    engine->free_slot = slot->next_free;
    slot->step = step;
    step->shown.token = (uint64_t)slot->serial << 32 | step->slot;
    return true;
}

static void free_slot(struct run_step *step)
{
    struct run_engine *engine = step->run->engine;
    struct run_slot *slot = &engine->slots[step->slot - 1];

    slot->step = NULL;
    slot->serial++;
    slot->next_free = engine->free_slot;
    engine->free_slot = step->slot;
    step->slot = 0;
}

void run_count_defaults(struct run_step *step, uint32_t count)
{
    if (step->record)
        step->record->values_defaulted += count;
    metrics_add(METRICS_VALUES_DEFAULTED, count);
}

int run_step_fail(struct run_step *step, int status, const char *format, va_list args)
{
    char *message = arena_vprintf(&step->run->arena, format, args);

    if (message)
        text_mend(message);
    step->message = message ? message : "it failed, and there is no memory to say why";
    return status;
}

// The client's status for a required node's failure: what a backend answers to us is not what the client did wrong.
static int client_status(const struct run_step *step, int status)
{
    if (step->node->component->kind->kind->flags & INFERD_KIND_ROOT)
        return status;
    switch (status) {
    case INFERD_UNAVAILABLE:
    case INFERD_DEADLINE_EXCEEDED:
    case INFERD_RESOURCE_EXHAUSTED:
    case INFERD_CANCELLED:
        return status;
    default:
        return INFERD_INTERNAL;
    }
}

static void fail_run_of(struct run_step *step)
{
    const struct inferd_self *self = step->node->component;
    struct run *run = step->run;
    const char *message =
        self->kind->kind->flags & INFERD_KIND_ROOT
            ? step->message
            : arena_printf(&run->arena, "component %s (%s %s): %s", self->info.name, self->kind->module->info.name,
                           self->kind->module->info.version, step->message ? step->message : "failed");

    run_fail(run, client_status(step, step->status), message ? message : "a required component failed");
}

// The node is done with; those who wait for it may begin.
static void settle(struct run_step *step)
{
    const struct plan_node *node = step->node;
    struct run *run = step->run;

    run->nodes_left--;
    for (uint32_t i = 0; i < node->next_count; i++)
        if (--run->steps[node->next[i]].waits == 0)
            run->ready[run->ready_count++] = node->next[i];
}

static void finish(struct run_step *step, int status)
{
    struct run *run = step->run;
    const struct plan_node *node = step->node;

    step->state = STEP_DONE;
    if (node->policy)
        status = run_policy_status(step, status);
    step->status = status;
    if (step->timers)
        run_drop_timers(step);
    if (step->party)
        run_leave_flights(step);
    run_observe_step(step, status);
    if (step->record)
        step->record->ended_us = loop_now_us(run->engine->loop);
    if (node->policy && run_policy_end(step))
        return;
    if (status != INFERD_OK && node->component->required)
        fail_run_of(step);
    settle(step);
}

static void skip(struct run_step *step)
{
    step->state = STEP_DONE;
    step->skipped = true;
    step->started_us = loop_now_us(step->run->engine->loop);
    if (step->record)
        step->record->ended_us = step->started_us;
    run_observe_act(step, POLICY_SKIPPED);
    settle(step);
}

void run_cancel_step(struct run_step *step)
{
    const struct inferd_self *self = step->node->component;

    if (step->state != STEP_PENDING)
        return;
    run_drop_timers(step);
    run_cancel_waits(step);
    if (step->state == STEP_PENDING && self->kind->kind->cancel) {
        uint64_t before = run_enter(step);

        self->kind->kind->cancel(self->instance, &step->shown);
        breadcrumb_leave(before);
    }
}

static int valid_status(int status)
{
    return status >= INFERD_OK && status <= INFERD_UNAUTHENTICATED ? status : INFERD_INTERNAL;
}

static void start(struct run_step *step)
{
    const struct inferd_self *self = step->node->component;
    uint64_t before;
    int status;

    if (step->node->policy && step->node->policy->when && !run_condition_holds(step->run, step->node->policy->when)) {
        skip(step);
        return;
    }
    if (!take_slot(step)) {
        finish(step, INFERD_RESOURCE_EXHAUSTED);
        return;
    }
    step->state = STEP_RUNNING;
    step->started_us = loop_now_us(step->run->engine->loop);
    if (step->node->policy)
        run_policy_begin(step);
    before = run_enter(step);
    status = self->kind->kind->run(self->instance, &step->shown);
    breadcrumb_leave(before);
    if (status == INFERD_PENDING && !step->completed) {
        step->state = STEP_PENDING;
        step->run->pending++;
        return;
    }
    if (step->completed)
        status = step->status;
    free_slot(step);
    finish(step, valid_status(status));
}

void run_pump(struct run *run)
{
    if (run->pumping)
        return;
    run->pumping = true;
    while (run->ready_count && !run->answered)
        start(&run->steps[run->ready[--run->ready_count]]);
    run->pumping = false;
    run_settle(run);
}

void run_step_complete(struct run_step *step, int status)
{
    struct run *run = step->run;
    bool nested;

    if (step->state == STEP_RUNNING) {
        step->completed = true;
        step->status = status;
        return;
    }
    ALWAYS(step->state == STEP_PENDING);
    free_slot(step);
    run->pending--;
    nested = run->pumping;
    run->pumping = true; // the run must outlive finish()
    finish(step, valid_status(status));
    run->pumping = nested;
    run_pump(run);
}

static struct run_step *step_of_token(struct run_engine *engine, uint64_t token)
{
    uint32_t slot = (uint32_t)token;

    if (slot == 0 || slot > engine->slot_count || engine->slots[slot - 1].serial != token >> 32)
        return NULL;
    return engine->slots[slot - 1].step;
}

static void complete_here(struct run_engine *engine, uint64_t token, int status)
{
    struct run_step *step = step_of_token(engine, token);

    if (step && !step->completed)
        run_step_complete(step, status);
    else
        metrics_add(METRICS_LATE_COMPLETIONS, 1);
}

struct late_completion {
    struct loop_job job;
    uint64_t token;
    int status;
};

static void complete_posted(struct loop_job *job)
{
    struct late_completion *late = (struct late_completion *)job;

    complete_here(run_engine(), late->token, late->status);
    free(late);
}

void run_complete(uint64_t token, int status)
{
    struct run_engine *engine = run_engine();
    struct late_completion *late;

    if (!engine)
        return;
    if (loop_on_thread(engine->loop)) {
        complete_here(engine, token, status);
        return;
    }
    late = malloc(sizeof(*late));
    if (!late)
        return;
    late->job.fn = complete_posted;
    late->token = token;
    late->status = status;
    loop_post(engine->loop, &late->job);
}
