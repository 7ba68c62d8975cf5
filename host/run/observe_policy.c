// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What policies count. Metrics are made when first needed, for most policies never act.
#include "run/observe_policy.h"

#include "run/engine.h"
#include "run/observe.h"
#include "run/record.h"

struct policy_metrics {
    struct metrics *metrics;
    struct inferd_metric *acts[POLICY_ACTS];
    struct inferd_metric *defaults;
    struct inferd_metric *compared, *different, *difference;
};

static const char *const names[POLICY_ACTS] = {
    [POLICY_SKIPPED] = "skipped",
    [POLICY_TIMED_OUT] = "timed_out",
    [POLICY_FELL_BACK] = "fell_back",
    [POLICY_FORGAVE] = "forgave",
    [POLICY_RETRIED] = "retried",
    [POLICY_RETRY_TOO_LATE] = "retry_too_late",
    [POLICY_RETRY_NO_BUDGET] = "retry_no_budget",
    [POLICY_HEDGED] = "hedged",
    [POLICY_HEDGE_WON] = "hedge_won",
    [POLICY_HEDGE_NO_BUDGET] = "hedge_no_budget",
    [POLICY_BROKE] = "broke",
    [POLICY_MENDED] = "mended",
    [POLICY_REFUSED] = "refused",
    [POLICY_SHADOWED] = "shadowed",
    [POLICY_SHADOW_FAILED] = "shadow_failed",
};

void run_observe_policy(struct metrics *metrics, struct inferd_self *self)
{
    struct policy_metrics *made;

    if (!metrics || !self->policy)
        return;
    made = arena_zalloc(&self->plan->arena, sizeof(*made));
    if (made)
        made->metrics = metrics;
    self->policy->metrics = made;
}

static struct inferd_metric *make(const struct plan_node *node, struct policy_metrics *made, enum metrics_series which,
                                  const char *act)
{
    const struct inferd_component *info = &node->component->info;
    const char *const tags[][2] = {{"model-id", info->model}, {"component-name", info->name}, {"act", act}};

    return run_observe_series(made->metrics, which, tags, act ? 3 : 2);
}

struct inferd_metric *run_observe_breaker(const struct inferd_self *self, const char *address)
{
    const char *const tags[][2] = {
        {"model-id", self->info.model}, {"component-name", self->info.name}, {"address", address}};
    struct run_engine *engine = run_engine();

    return engine && engine->metrics ? run_observe_series(engine->metrics, METRICS_BREAKER_OPEN, tags, 3) : NULL;
}

const char *run_observe_act_name(enum policy_act act)
{
    return names[act];
}

void run_observe_act(const struct run_step *step, enum policy_act act)
{
    const struct plan_node *node = step->node;
    struct policy_metrics *made = node->policy->metrics;

    if (step->record)
        step->record->acts[act]++;
    if (!made)
        return;
    if (!made->acts[act])
        made->acts[act] = make(node, made, METRICS_POLICY_ACTS, names[act]);
    metrics_metric_add(made->acts[act], 1);
}

void run_observe_defaults(const struct plan_node *node, uint32_t count)
{
    struct policy_metrics *made = node->policy->metrics;

    if (!made)
        return;
    if (!made->defaults)
        made->defaults = make(node, made, METRICS_POLICY_DEFAULTS, NULL);
    metrics_metric_add(made->defaults, count);
}

void run_observe_shadow(const struct plan_node *node, uint32_t rows, uint32_t differ)
{
    struct policy_metrics *made = node->policy->metrics;

    if (!made)
        return;
    if (!made->compared) {
        made->compared = make(node, made, METRICS_SHADOW_COMPARED, NULL);
        made->different = make(node, made, METRICS_SHADOW_DIFFERENT, NULL);
    }
    metrics_metric_add(made->compared, rows);
    metrics_metric_add(made->different, differ);
}

void run_observe_difference(const struct plan_node *node, uint64_t millionths)
{
    struct policy_metrics *made = node->policy->metrics;

    if (!made)
        return;
    if (!made->difference)
        made->difference = make(node, made, METRICS_SHADOW_DIFFERENCE, NULL);
    metrics_metric_observe(made->difference, millionths);
}
