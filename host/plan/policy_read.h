// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Policies as the config writes them, for the passes that need names; lives as long as the plan.
#ifndef PLAN_POLICY_READ_H
#define PLAN_POLICY_READ_H

#include "plan/policy.h"

struct plan_asked {
    int64_t timeout_ms;
    const char *on_error;
    struct inferd_list defaults; // struct inferd_pair
    bool required;
};

// Whether the component's object has that member.
bool plan_policy_has(const struct inferd_self *self, const char *member);

#endif
