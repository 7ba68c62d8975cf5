// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Inside guard: what is known of a component's backend (guard.c), and a call under way (guard_call.c).
#ifndef RUN_GUARD_INNER_H
#define RUN_GUARD_INNER_H

#include "run/breaker.h"
#include "run/budget.h"
#include "run/estimate.h"
#include "run/guard.h"
#include "run/observe_policy.h"

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

static inline struct run_guard *guard_of(const struct guarded *guarded)
{
    return guarded->method->guard;
}

static inline int64_t guard_now(const struct guarded *guarded)
{
    return loop_now_us(guarded->step->run->engine->loop);
}

static inline void guard_act(const struct guarded *guarded, enum policy_act which)
{
    run_observe_act(guarded->step, which);
}

// Whether a sending in so many microseconds could still be of use: as soon as half of them are answered.
bool guard_helps(const struct guarded *guarded, int64_t in_us);
// Whether the breaker lets a sending go, which then carries the epoch; or it is given back, unsent.
bool guard_lets(struct guarded *guarded, uint32_t *epoch);
void guard_gives_back(struct guarded *guarded, uint32_t epoch);
// What became of a sending.
void guard_learn(const struct attempt *attempt, int status);
// Whether a call that failed is sent again, after which pause.
bool guard_retries(struct guarded *guarded, int64_t *wait_us);

#endif
