// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What is known of a component's backend, and what follows from it: whether a call may go, again, and what its end
// says.
#include <stdlib.h>
#include <string.h>

#include "run/guard_inner.h"
#include "run/record.h"

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

// Whether a sending in so many microseconds could still be of use: as soon as half of them are answered.
bool guard_helps(const struct guarded *guarded, int64_t in_us)
{
    int64_t left = guarded->step->shown.deadline_us - guard_now(guarded);

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
        guard_act(guarded, POLICY_BROKE);
    else if (guard->breaker.state == BREAKER_CLOSED)
        guard_act(guarded, POLICY_MENDED);
}

bool guard_lets(struct guarded *guarded, uint32_t *epoch)
{
    struct run_guard *guard = guard_of(guarded);
    enum breaker_state before = guard->breaker.state;
    bool lets;

    if (!guard->policy->breaker)
        return true;
    lets = breaker_allows(&guard->breaker, guard_now(guarded), epoch);
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

void guard_learn(const struct attempt *attempt, int status)
{
    struct guarded *guarded = attempt->guarded;
    struct run_guard *guard = guard_of(guarded);
    enum breaker_state before = guard->breaker.state;

    if (status == INFERD_OK || attempt->unwanted) // that took as long at least
        estimate_add(&guard->estimate, guard_now(guarded) - attempt->started_us);
    if (!guard->policy->breaker)
        return;
    breaker_tell(&guard->breaker, guard_now(guarded), attempt->epoch, judge(attempt, status));
    note_breaker(guarded, before);
}

// A probe that was let through but couldn't be sent.
void guard_gives_back(struct guarded *guarded, uint32_t epoch)
{
    if (guard_of(guarded)->policy->breaker)
        breaker_tell(&guard_of(guarded)->breaker, guard_now(guarded), epoch, BREAKER_NEITHER);
}

bool guard_retries(struct guarded *guarded, int64_t *wait_us)
{
    struct run_guard *guard = guard_of(guarded);
    const struct plan_call_policy *policy = guard->policy;
    int64_t pause = policy->backoff_us << (guarded->retried < 6 ? guarded->retried : 6);

    if (!guarded->kept || guarded->retried >= policy->retries || !(policy->retry_on >> guarded->status & 1))
        return false;
    guard->random = guard->random * UINT64_C(6364136223846793005) + 1442695040888963407u;
    *wait_us = pause / 2 + (int64_t)((double)(guard->random >> 11) * 0x1p-53 * (double)(pause - pause / 2));
    if (!guard_helps(guarded, *wait_us)) {
        if (!guarded->step->run->answered)
            guard_act(guarded, POLICY_RETRY_TOO_LATE);
        return false;
    }
    if (budget_take(&guard->budget))
        return true;
    guard_act(guarded, POLICY_RETRY_NO_BUDGET);
    return false;
}
