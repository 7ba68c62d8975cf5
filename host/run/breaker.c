// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The circuit breaker's states. The window slides by halves: what is older than a whole one is forgotten.
#include "run/breaker.h"

#include <string.h>

static void change(struct breaker *breaker, enum breaker_state state, int64_t now_us)
{
    breaker->state = state;
    breaker->epoch++;
    breaker->since_us = now_us;
    breaker->probing = breaker->probed = 0;
    memset(&breaker->newer, 0, sizeof(breaker->newer));
    memset(&breaker->older, 0, sizeof(breaker->older));
}

void breaker_init(struct breaker *breaker, const struct plan_breaker *policy, int64_t now_us)
{
    *breaker = (struct breaker){.policy = policy, .since_us = now_us};
}

bool breaker_allows(struct breaker *breaker, int64_t now_us, uint32_t *epoch)
{
    if (breaker->state == BREAKER_OPEN && now_us - breaker->since_us >= breaker->policy->open_us)
        change(breaker, BREAKER_HALF_OPEN, now_us);
    *epoch = breaker->epoch;
    if (breaker->state != BREAKER_HALF_OPEN)
        return breaker->state == BREAKER_CLOSED;
    if (breaker->probing + breaker->probed >= breaker->policy->probes)
        return false;
    breaker->probing++;
    return true;
}

static void slide(struct breaker *breaker, int64_t now_us)
{
    int64_t half = breaker->policy->window_us / 2, past = now_us - breaker->since_us;

    if (past < half)
        return;
    breaker->older = breaker->newer;
    if (past >= 2 * half)
        memset(&breaker->older, 0, sizeof(breaker->older));
    memset(&breaker->newer, 0, sizeof(breaker->newer));
    breaker->since_us = now_us;
}

static void count(struct breaker *breaker, int64_t now_us, bool bad)
{
    uint32_t all, failed;

    slide(breaker, now_us);
    breaker->newer.all++;
    breaker->newer.bad += bad;
    all = breaker->newer.all + breaker->older.all;
    failed = breaker->newer.bad + breaker->older.bad;
    if (bad && all >= breaker->policy->calls && failed >= breaker->policy->share * all)
        change(breaker, BREAKER_OPEN, now_us);
}

void breaker_tell(struct breaker *breaker, int64_t now_us, uint32_t epoch, enum breaker_verdict verdict)
{
    if (epoch != breaker->epoch)
        return;
    if (breaker->state == BREAKER_CLOSED && verdict != BREAKER_NEITHER)
        count(breaker, now_us, verdict == BREAKER_BAD);
    if (breaker->state != BREAKER_HALF_OPEN || epoch != breaker->epoch)
        return;
    breaker->probing--;
    if (verdict == BREAKER_BAD)
        change(breaker, BREAKER_OPEN, now_us);
    else if (verdict == BREAKER_GOOD && ++breaker->probed >= breaker->policy->probes)
        change(breaker, BREAKER_CLOSED, now_us);
}
