// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Policies as the config writes them, for the passes that need names; lives as long as the plan.
#ifndef PLAN_POLICY_READ_H
#define PLAN_POLICY_READ_H

#include "plan/policy.h"

struct plan_asked {
    const char *when;
    int64_t timeout_ms;
    struct {
        int64_t max, backoff_ms;
        struct inferd_list on; // const char *
        double budget_percent;
    } retries;
    int64_t hedge_ms;
    const char *hedge_share;
    struct {
        double error_percent;
        int64_t calls, window_ms, open_ms, probes;
        struct inferd_list on; // const char *
    } breaker;
    struct {
        double percent;
        const char *endpoint;
    } shadow;
    const char *on_error;
    struct inferd_list defaults; // struct inferd_pair
    bool required;
};

// The part of policies that acts on calls. False after a problem.
bool plan_policy_read_calls(struct inferd_self *self, struct arena *arena);
// Whether the component's object has that member.
bool plan_policy_has(const struct inferd_self *self, const char *member);

#endif
