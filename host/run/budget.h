// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A budget of further sendings: each call adds a share of a token, each retry or hedge takes a whole one. So they are
// at most that share of the calls, and the few that a full budget holds; a backend that is down isn't kept down by
// them. Knows no clock.
#ifndef RUN_BUDGET_H
#define RUN_BUDGET_H

#include <stdbool.h>

#define BUDGET_MOST 10.0

struct budget {
    double tokens, share;
};

static inline void budget_init(struct budget *budget, double share)
{
    *budget = (struct budget){.tokens = BUDGET_MOST, .share = share};
}

static inline void budget_earn(struct budget *budget)
{
    budget->tokens = budget->tokens + budget->share < BUDGET_MOST ? budget->tokens + budget->share : BUDGET_MOST;
}

static inline bool budget_take(struct budget *budget)
{
    if (budget->tokens < 1)
        return false;
    budget->tokens -= 1;
    return true;
}

#endif
