// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Twins: a component that has a shadow is made twice. The twin has its options, reads what it reads, and writes columns
// of its own beside each of the component's, which nobody else knows.
#include "plan/builder.h"
#include "plan/policy_read.h"

void plan_add_twin(struct plan *plan, struct plan_node *node)
{
    struct inferd_self *self = node->component, *twin = self->twin;

    if (!twin)
        return;
    twin->node = plan->node_count++;
    plan->nodes[twin->node] = *node;
    plan->nodes[twin->node].component = twin;
    plan->nodes[twin->node].waits = 0;
    plan->nodes[twin->node].next_count = 0;
    self->policy->twin_node = twin->node;
}

uint32_t plan_shadow_column(struct inferd_binder *binder, const char *name, unsigned space)
{
    struct plan_builder *builder = binder->builder;
    const char *hidden = arena_printf(&builder->plan->arena, "%s:%s", binder->self->info.name, name);

    return hidden ? plan_add_column(builder, space, hidden) : INFERD_NO_COLUMN;
}

bool plan_pair_columns(struct plan_builder *builder, struct inferd_self *twin)
{
    struct plan *plan = builder->plan;
    struct plan_policy *policy = arena_zalloc(&plan->arena, sizeof(*policy));
    struct plan_pair *pairs = arena_alloc(&plan->arena, (plan->column_count + 1) * sizeof(*pairs));

    if (!policy || !pairs)
        return false;
    policy->fallback_node = policy->twin_node = PLAN_NO_NODE;
    policy->timeout_us = twin->shadows->policy->timeout_us;
    policy->pairs = pairs;
    for (uint32_t c = 0; c < plan->column_count; c++)
        if (plan->columns[c].shadow_of && plan->columns[c].writer == twin->node)
            pairs[policy->pair_count++] = (struct plan_pair){plan->columns[c].shadow_of - 1, c};
    twin->policy = policy;
    return true;
}
