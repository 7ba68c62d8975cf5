// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Calls under policies. A call's message is kept for another sending only where there may be one, and goes with the
// last.
#include "run/guard.h"

#include <stdlib.h>
#include <string.h>

#include "base/magic.h"
#include "run/breaker.h"
#include "run/budget.h"
#include "run/estimate.h"
#include "run/observe_policy.h"
#include "run/record.h"
#include "run/step.h"

struct run_guard {
    const struct plan_call_policy *policy;
    char *address;
    struct budget budget;
    struct estimate estimate;
    struct breaker breaker;
    struct inferd_metric *broken; // gauge: whether the breaker is not closed
    uint64_t random;
};

enum waiting { FOR_NOTHING, TO_RETRY, TO_HEDGE, TO_BE_REFUSED };

struct attempt {
    struct guarded *guarded;
    struct run_call *call;
    int64_t started_us, given_us;
    uint32_t epoch;
    bool hedge, running, unwanted;
};

// One call; in its run's arena, and in the run's list until it has ended.
struct guarded {
    struct guarded *next, **link;
    struct run_step *step;
    struct inferd_method *method;
    uint8_t *kept; // the message, where it may be sent again
    size_t size;
    inferd_call_done *done;
    void *user;
    struct attempt *attempts[2]; // the last sending, and a hedge beside it
    uint32_t running, retried;
    bool hedged, ended;
    enum waiting waiting;
    struct loop_timer timer;
    int status; // of the last sending that failed
    const char *detail;
};

#define OF_TIMER(pointer) ((struct guarded *)((char *)(pointer)-offsetof(struct guarded, timer)))

struct run_guard *run_guard_new(const struct inferd_self *self, const char *address)
{
    const struct plan_call_policy *policy = self->policy ? self->policy->calls : NULL;
    struct run_guard *guard = policy ? calloc(1, sizeof(*guard)) : NULL;

    if (!guard)
        return NULL;
    guard->policy = policy;
    guard->address = strdup(address);
    guard->random = UINT64_C(0x9e3779b97f4a7c15);
    budget_init(&guard->budget, policy->budget);
    estimate_init(&guard->estimate, policy->hedge_share);
    if (policy->breaker) {
        breaker_init(&guard->breaker, policy->breaker, 0);
        guard->broken = run_observe_breaker(self, address);
    }
    return guard;
}

void run_guard_free(struct run_guard *guard)
{
    if (!guard)
        return;
    if (guard->policy->breaker && guard->breaker.state != BREAKER_CLOSED)
        metrics_metric_set(guard->broken, 0);
    free(guard->address);
    free(guard);
}

static int64_t now_of(const struct guarded *guarded)
{
    return loop_now_us(guarded->step->run->engine->loop);
}

static struct run_guard *guard_of(const struct guarded *guarded)
{
    return guarded->method->guard;
}

static void act(const struct guarded *guarded, enum policy_act which)
{
    run_observe_act(guarded->step->node, which);
}

// Whether a sending in so many microseconds could still be of use: as soon as half of them are answered.
static bool helps(const struct guarded *guarded, int64_t in_us)
{
    int64_t left = guarded->step->shown.deadline_us - now_of(guarded);

    return !guarded->step->run->answered && in_us + guard_of(guarded)->estimate.median < left;
}

static void note_breaker(struct guarded *guarded, enum breaker_state before)
{
    struct run_guard *guard = guard_of(guarded);

    if (guarded->step->record)
        guarded->step->record->breaker = guard->breaker.state;
    if (guard->breaker.state == before)
        return;
    metrics_metric_set(guard->broken, guard->breaker.state != BREAKER_CLOSED);
    if (guard->breaker.state == BREAKER_OPEN)
        act(guarded, POLICY_BROKE);
    else if (guard->breaker.state == BREAKER_CLOSED)
        act(guarded, POLICY_MENDED);
}

static bool breaker_lets(struct guarded *guarded, uint32_t *epoch)
{
    struct run_guard *guard = guard_of(guarded);
    enum breaker_state before = guard->breaker.state;
    bool lets;

    if (!guard->policy->breaker)
        return true;
    lets = breaker_allows(&guard->breaker, now_of(guarded), epoch);
    note_breaker(guarded, before);
    return lets;
}

// A call that was given too little time to be answered says nothing about its backend.
static enum breaker_verdict judge(const struct attempt *attempt, int status)
{
    const struct guarded *guarded = attempt->guarded;
    const struct run_guard *guard = guard_of(guarded);

    if (attempt->unwanted || (status == INFERD_CANCELLED && guarded->step->run->answered))
        return BREAKER_NEITHER;
    if (!(guard->policy->breaker->on >> status & 1))
        return BREAKER_GOOD;
    if (status == INFERD_DEADLINE_EXCEEDED && attempt->given_us < 2 * guard->estimate.median)
        return BREAKER_NEITHER;
    return BREAKER_BAD;
}

static void learn(const struct attempt *attempt, int status)
{
    struct guarded *guarded = attempt->guarded;
    struct run_guard *guard = guard_of(guarded);
    enum breaker_state before = guard->breaker.state;

    if (status == INFERD_OK || attempt->unwanted) // that took as long at least
        estimate_add(&guard->estimate, now_of(guarded) - attempt->started_us);
    if (!guard->policy->breaker)
        return;
    breaker_tell(&guard->breaker, now_of(guarded), attempt->epoch, judge(attempt, status));
    note_breaker(guarded, before);
}

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
    if (after > 0 && !guarded->hedged && guarded->kept && helps(guarded, after))
        wait_until(guarded, TO_HEDGE, now_of(guarded) + after);
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
    attempt->started_us = now_of(guarded);
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

// A probe that was let through but couldn't be sent.
static void give_back(struct guarded *guarded, uint32_t epoch)
{
    if (guard_of(guarded)->policy->breaker)
        breaker_tell(&guard_of(guarded)->breaker, now_of(guarded), epoch, BREAKER_NEITHER);
}

static bool may_retry(struct guarded *guarded, int64_t *wait_us)
{
    struct run_guard *guard = guard_of(guarded);
    const struct plan_call_policy *policy = guard->policy;
    int64_t pause = policy->backoff_us << (guarded->retried < 6 ? guarded->retried : 6);

    if (!guarded->kept || guarded->retried >= policy->retries || !(policy->retry_on >> guarded->status & 1))
        return false;
    guard->random = guard->random * UINT64_C(6364136223846793005) + 1442695040888963407u;
    *wait_us = pause / 2 + (int64_t)((double)(guard->random >> 11) * 0x1p-53 * (double)(pause - pause / 2));
    if (!helps(guarded, *wait_us)) {
        if (!guarded->step->run->answered)
            act(guarded, POLICY_RETRY_TOO_LATE);
        return false;
    }
    if (budget_take(&guard->budget))
        return true;
    act(guarded, POLICY_RETRY_NO_BUDGET);
    return false;
}

static void retry(struct guarded *guarded)
{
    uint32_t epoch = 0;

    if (guarded->step->run->answered || !breaker_lets(guarded, &epoch)) {
        end_badly(guarded);
        return;
    }
    guarded->retried++;
    if (!send(guarded, next_message(guarded), epoch, false)) {
        give_back(guarded, epoch);
        end_badly(guarded);
        return;
    }
    act(guarded, POLICY_RETRIED);
    if (guarded->step->record)
        guarded->step->record->retries++;
}

static void hedge(struct guarded *guarded)
{
    uint32_t epoch = 0;

    guarded->hedged = true;
    if (guarded->step->run->answered || !helps(guarded, 0))
        return;
    if (!budget_take(&guard_of(guarded)->budget)) {
        act(guarded, POLICY_HEDGE_NO_BUDGET);
        return;
    }
    if (!breaker_lets(guarded, &epoch))
        return;
    if (!send(guarded, next_message(guarded), epoch, true)) {
        give_back(guarded, epoch);
        return;
    }
    act(guarded, POLICY_HEDGED);
    if (guarded->step->record)
        guarded->step->record->hedges++;
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
    learn(attempt, status);
    if (guarded->ended)
        return;
    if (status == INFERD_OK) {
        if (attempt->hedge)
            act(guarded, POLICY_HEDGE_WON);
        end(guarded, status, detail, reply);
        return;
    }
    guarded->status = status;
    guarded->detail = detail;
    if (guarded->running > 0)
        return; // the other one may do better
    wait_no_more(guarded);
    if (may_retry(guarded, &wait_us)) {
        wait_until(guarded, TO_RETRY, now_of(guarded) + wait_us);
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
    if (!breaker_lets(guarded, &epoch)) {
        rpc_message_drop(message);
        wait_until(guarded, TO_BE_REFUSED, now_of(guarded));
        if (guarded->waiting == FOR_NOTHING)
            return INFERD_RESOURCE_EXHAUSTED;
        act(guarded, POLICY_REFUSED);
        enlist(guarded);
        return INFERD_OK;
    }
    guarded->kept = message;
    if (!send(guarded, next_message(guarded), epoch, false)) {
        give_back(guarded, epoch);
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
            wait_until(guarded, TO_RETRY, now_of(guarded));
}
