// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Reads the policies that act on each call to a backend: retries, hedges, breaker.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <inferd/status.h>
#include "plan/component.h"
#include "plan/policy_read.h"

static bool refuse(struct inferd_self *self, const char *path, const char *message)
{
    component_fail(self, INFERD_INVALID_ARGUMENT, path, "%s", message);
    return false;
}

static int status_named(const char *name)
{
    for (int status = INFERD_CANCELLED; status <= INFERD_UNAUTHENTICATED; status++)
        if (strcasecmp(inferd_status_name(status), name) == 0)
            return status;
    return -1;
}

// Names of statuses as a bit set.
static bool read_statuses(struct inferd_self *self, const char *member, const struct inferd_list *list, uint32_t *set)
{
    const char *const *names = list->items;
    bool fine = true;

    *set = 0;
    for (size_t i = 0; i < list->count; i++) {
        int status = status_named(names[i]);
        char path[64];

        snprintf(path, sizeof(path), "%s.on[%zu]", member, i);
        if (status == INFERD_CANCELLED)
            fine = refuse(self, path, "is the caller's own doing: a call that was cancelled is over");
        else if (status < 0)
            fine = refuse(self, path,
                          "is no status that a call fails with: UNAVAILABLE, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, "
                          "INTERNAL, UNKNOWN, ABORTED and so on");
        else
            *set |= UINT32_C(1) << status;
    }
    return fine;
}

static bool read_retries(struct inferd_self *self, const struct plan_asked *asked, struct plan_call_policy *made)
{
    made->retries = (uint32_t)asked->retries.max;
    made->backoff_us = asked->retries.backoff_ms * 1000;
    return read_statuses(self, "retries", &asked->retries.on, &made->retry_on);
}

// A number of milliseconds, or "p95".
static bool read_hedge(struct inferd_self *self, const struct plan_asked *asked, struct plan_call_policy *made)
{
    const char *word = asked->hedge_share;
    char *rest;
    double percent;

    made->hedge_us = asked->hedge_ms * 1000;
    if (!*word)
        return true;
    percent = word[0] == 'p' && word[1] >= '0' && word[1] <= '9' ? strtod(word + 1, &rest) : 0;
    if (percent < 50 || percent >= 100 || *rest)
        return refuse(self, "hedge_after_ms",
                      "must be a number of milliseconds, or a percentile of the backend's own times from \"p50\" to "
                      "\"p99.9\"");
    made->hedge_share = percent / 100;
    return true;
}

static bool read_breaker(struct inferd_self *self, const struct plan_asked *asked, struct plan_call_policy *made,
                         struct arena *arena)
{
    struct plan_breaker *breaker = arena_zalloc(arena, sizeof(*breaker));

    if (!breaker)
        return false;
    *breaker = (struct plan_breaker){.share = asked->breaker.error_percent / 100,
                                     .calls = (uint32_t)asked->breaker.calls,
                                     .window_us = asked->breaker.window_ms * 1000,
                                     .open_us = asked->breaker.open_ms * 1000,
                                     .probes = (uint32_t)asked->breaker.probes};
    made->breaker = breaker;
    return read_statuses(self, "breaker", &asked->breaker.on, &breaker->on);
}

bool plan_policy_read_calls(struct inferd_self *self, struct arena *arena)
{
    const struct plan_asked *asked = self->policy->asked;
    bool retries = plan_policy_has(self, "retries"), hedge = plan_policy_has(self, "hedge_after_ms");
    bool breaker = plan_policy_has(self, "breaker"), fine = true;
    struct plan_call_policy *made;

    if (!retries && !hedge && !breaker)
        return true;
    made = arena_zalloc(arena, sizeof(*made));
    if (!made)
        return false;
    made->budget = asked->retries.budget_percent / 100;
    if (retries)
        fine &= read_retries(self, asked, made);
    if (hedge)
        fine &= read_hedge(self, asked, made);
    if (breaker)
        fine &= read_breaker(self, asked, made, arena);
    self->policy->calls = made;
    return fine;
}
