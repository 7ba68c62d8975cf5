// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What policies count: each time that one of them acts.
#ifndef RUN_OBSERVE_POLICY_H
#define RUN_OBSERVE_POLICY_H

#include "plan/policy.h"
#include "run/run.h"

struct metrics;
struct inferd_metric;

// What a policy did; docs/metrics.md tells each.
enum policy_act {
    POLICY_SKIPPED,
    POLICY_TIMED_OUT,
    POLICY_FELL_BACK,
    POLICY_FORGAVE,
    POLICY_RETRIED,
    POLICY_RETRY_TOO_LATE,
    POLICY_RETRY_NO_BUDGET,
    POLICY_HEDGED,
    POLICY_HEDGE_WON,
    POLICY_HEDGE_NO_BUDGET,
    POLICY_BROKE,
    POLICY_MENDED,
    POLICY_REFUSED,
    POLICY_SHADOWED,
    POLICY_SHADOW_FAILED,
    POLICY_ACTS // their number
};

// Makes room for the metrics of a component that has policies, in its plan's arena. [control]
void run_observe_policy(struct metrics *metrics, struct inferd_self *self);

// A gauge: whether the breaker to that backend is not closed. [control]
struct inferd_metric *run_observe_breaker(const struct inferd_self *self, const char *address);

// In the component's metrics, and in the step's record where somebody asked for one.
void run_observe_act(const struct run_step *step, enum policy_act act);
const char *run_observe_act_name(enum policy_act act); // as in the metrics
// Values of missing rows that its defaults stood in for.
void run_observe_defaults(const struct plan_node *node, uint32_t count);

// Rows of a column that were compared with a twin's, and those of them that differ; and by how many millionths.
void run_observe_shadow(const struct plan_node *node, uint32_t rows, uint32_t differ);
void run_observe_difference(const struct plan_node *node, uint64_t millionths);

#endif
