// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A call under policies, from its first sending to its one end. Its message is kept for another sending only where
// there may be one, and goes with the last.
#include <string.h>

#include "base/magic.h"
#include "run/guard_inner.h"
#include "run/record.h"
#include "run/step.h"

#define OF_TIMER(pointer) ((struct guarded *)((char *)(pointer)-offsetof(struct guarded, timer)))

static void wait_until(struct guarded *guarded, enum waiting what, int64_t at_us)
{
    guarded->waiting = loop_timer_arm(guarded->step->run->engine->loop, &guarded->timer, at_us) ? what : FOR_NOTHING;
}

static void wait_no_more(struct guarded *guarded)
{
    if (guarded->waiting != FOR_NOTHING)
        loop_timer_drop(guarded->step->run->engine->loop, &guarded->timer);
    guarded->waiting = FOR_NOTHING;
}

// Ends the call; what is still under way for it is no longer wanted. The caller settles the run.
static void end(struct guarded *guarded, int status, const char *detail, struct inferd_bytes reply)
{
    struct run *run = guarded->step->run;

    guarded->ended = true;
    wait_no_more(guarded);
    rpc_message_drop(guarded->kept);
    guarded->kept = NULL;
    *guarded->link = guarded->next;
    if (guarded->next)
        guarded->next->link = guarded->link;
    for (size_t i = 0; i < 2; i++)
        if (guarded->attempts[i] && guarded->attempts[i]->running) {
            guarded->attempts[i]->unwanted = true;
            run_call_cancel(guarded->attempts[i]->call);
        }
    guarded->done(&guarded->step->shown, guarded->user, status, detail, reply);
    run->outstanding--;
}

static void end_badly(struct guarded *guarded)
{
    end(guarded, guarded->status, guarded->detail ? guarded->detail : "", (struct inferd_bytes){NULL, 0});
}

static bool may_repeat(const struct guarded *guarded)
{
    const struct plan_call_policy *policy = guard_of(guarded)->policy;

    return guarded->retried < policy->retries || (!guarded->hedged && (policy->hedge_us || policy->hedge_share > 0));
}

// The message of the next sending: a copy, unless it is the last.
static uint8_t *next_message(struct guarded *guarded)
{
    uint8_t *message = guarded->kept, *copy;

    if (!may_repeat(guarded)) {
        guarded->kept = NULL;
        return message;
    }
    copy = rpc_message_new(guarded->size);
    if (copy)
        memcpy(copy, message, guarded->size);
    return copy;
}

static void attempt_done(struct inferd_step *shown, void *user, int status, const char *detail,
                         struct inferd_bytes reply);

// Arms the hedge of a sending that has just gone out, if it has time for one.
static void await_hedge(struct guarded *guarded)
{
    const struct run_guard *guard = guard_of(guarded);
    int64_t after = guard->policy->hedge_us;

    if (guard->policy->hedge_share > 0)
        after = guard->estimate.high; // 0: nothing is known yet
    if (after > 0 && !guarded->hedged && guarded->kept && guard_helps(guarded, after))
        wait_until(guarded, TO_HEDGE, guard_now(guarded) + after);
}

static bool send(struct guarded *guarded, uint8_t *message, uint32_t epoch, bool hedge)
{
    struct run_step *step = guarded->step;
    struct attempt *attempt = arena_zalloc(&step->run->arena, sizeof(*attempt));

    if (!attempt || !message) {
        rpc_message_drop(message);
        return false;
    }
    attempt->guarded = guarded;
    attempt->started_us = guard_now(guarded);
    attempt->given_us = run_call_deadline(step, guarded->method) - attempt->started_us;
    attempt->epoch = epoch;
    attempt->hedge = hedge;
    attempt->running = true;
    attempt->call = run_call_send(step, guarded->method, message, guarded->size, attempt_done, attempt);
    if (!attempt->call)
        return false;
    guarded->attempts[hedge] = attempt;
    guarded->running++;
    if (!hedge)
        await_hedge(guarded);
    return true;
}

static void retry(struct guarded *guarded)
{
    uint32_t epoch = 0;

    if (guarded->step->run->answered || !guard_lets(guarded, &epoch)) {
        end_badly(guarded);
        return;
    }
    guarded->retried++;
    if (!send(guarded, next_message(guarded), epoch, false)) {
        guard_gives_back(guarded, epoch);
        end_badly(guarded);
        return;
    }
    guard_act(guarded, POLICY_RETRIED);
}

static void hedge(struct guarded *guarded)
{
    uint32_t epoch = 0;

    guarded->hedged = true;
    if (guarded->step->run->answered || !guard_helps(guarded, 0))
        return;
    if (!budget_take(&guard_of(guarded)->budget)) {
        guard_act(guarded, POLICY_HEDGE_NO_BUDGET);
        return;
    }
    if (!guard_lets(guarded, &epoch))
        return;
    if (!send(guarded, next_message(guarded), epoch, true)) {
        guard_gives_back(guarded, epoch);
        return;
    }
    guard_act(guarded, POLICY_HEDGED);
}

static void attempt_done(struct inferd_step *shown, void *user, int status, const char *detail,
                         struct inferd_bytes reply)
{
    struct attempt *attempt = user;
    struct guarded *guarded = attempt->guarded;
    int64_t wait_us;

    (void)shown;
    attempt->running = false;
    guarded->running--;
    guard_learn(attempt, status);
    if (guarded->ended)
        return;
    if (status == INFERD_OK) {
        if (attempt->hedge)
            guard_act(guarded, POLICY_HEDGE_WON);
        end(guarded, status, detail, reply);
        return;
    }
    guarded->status = status;
    guarded->detail = detail;
    if (guarded->running > 0)
        return; // the other one may do better
    wait_no_more(guarded);
    if (guard_retries(guarded, &wait_us)) {
        wait_until(guarded, TO_RETRY, guard_now(guarded) + wait_us);
        if (guarded->waiting == TO_RETRY)
            return;
    }
    end_badly(guarded);
}

static void refuse(struct guarded *guarded)
{
    struct run *run = guarded->step->run;

    guarded->status = run->answered ? INFERD_CANCELLED : INFERD_UNAVAILABLE;
    guarded->detail = arena_printf(&run->arena, "backend %s: its breaker is open, after too many failures",
                                   guard_of(guarded)->address ? guard_of(guarded)->address : "");
    end_badly(guarded);
}

// A retry's time has come, a hedge's, or it is told that the call was refused.
static void time_has_come(struct loop_timer *timer)
{
    struct guarded *guarded = OF_TIMER(timer);
    struct run *run = guarded->step->run;
    enum waiting what = guarded->waiting;
    uint64_t before = run_enter(guarded->step);

    guarded->waiting = FOR_NOTHING;
    run->outstanding++;
    if (what == TO_RETRY)
        retry(guarded);
    else if (what == TO_HEDGE)
        hedge(guarded);
    else
        refuse(guarded);
    breadcrumb_leave(before);
    run->outstanding--;
    run_settle(run);
}

static struct guarded *begin(struct run_step *step, struct inferd_method *method, size_t size, inferd_call_done *done,
                             void *user)
{
    struct run *run = step->run;
    struct guarded *guarded = arena_zalloc(&run->arena, sizeof(*guarded));

    if (!guarded)
        return NULL;
    guarded->step = step;
    guarded->method = method;
    guarded->size = size;
    guarded->done = done;
    guarded->user = user;
    guarded->timer.fn = time_has_come;
    return guarded;
}

static void enlist(struct guarded *guarded)
{
    struct run *run = guarded->step->run;

    run->outstanding++;
    guarded->next = run->guarded;
    guarded->link = &run->guarded;
    if (guarded->next)
        guarded->next->link = &guarded->next;
    run->guarded = guarded;
}

int run_guard_call(struct run_step *step, struct inferd_method *method, uint8_t *message, size_t size,
                   inferd_call_done *done, void *user)
{
    struct guarded *guarded = begin(step, method, size, done, user);
    uint32_t epoch = 0;

    if (!guarded) {
        rpc_message_drop(message);
        return INFERD_RESOURCE_EXHAUSTED;
    }
    if (step->record)
        step->record->calls++;
    budget_earn(&method->guard->budget);
    if (!guard_lets(guarded, &epoch)) {
        rpc_message_drop(message);
        wait_until(guarded, TO_BE_REFUSED, guard_now(guarded));
        if (guarded->waiting == FOR_NOTHING)
            return INFERD_RESOURCE_EXHAUSTED;
        guard_act(guarded, POLICY_REFUSED);
        enlist(guarded);
        return INFERD_OK;
    }
    guarded->kept = message;
    if (!send(guarded, next_message(guarded), epoch, false)) {
        guard_gives_back(guarded, epoch);
        rpc_message_drop(guarded->kept);
        return INFERD_RESOURCE_EXHAUSTED;
    }
    enlist(guarded);
    return INFERD_OK;
}

void run_guard_hurry(struct run *run)
{
    for (struct guarded *guarded = run->guarded; guarded; guarded = guarded->next)
        if (guarded->waiting == TO_RETRY)
            wait_until(guarded, TO_RETRY, guard_now(guarded));
}
