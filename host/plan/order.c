// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Orders the components of the graph into nodes: the root first, then each after what it waits for. Finds cycles, and
// keeps for each node the set of nodes upstream, by which reads are checked.
#include <string.h>

#include "plan/builder.h"

static bool waits_left(const struct plan_builder *builder, const uint32_t *node_of, uint32_t component)
{
    for (size_t i = 0; i < builder->edge_count; i++)
        if (builder->edges[2 * i] == component && node_of[builder->edges[2 * i + 1]] == PLAN_NO_NODE)
            return true;
    return false;
}

static void report_cycle(struct plan_builder *builder, const uint32_t *node_of)
{
    const struct plan *plan = builder->plan;
    struct text names;

    text_init(&names);
    for (uint32_t i = 0; i < plan->component_count; i++)
        if (plan->components[i]->in_graph && node_of[i] == PLAN_NO_NODE)
            text_printf(&names, "%s\"%s\"", names.len ? ", " : "", plan->components[i]->info.name);
    problems_add(builder->problems, PROBLEM_GRAPH, "dag_execution_config.component_dependency",
                 "has a cycle, in or before %s: none of them could ever start", text_string(&names));
    text_free(&names);
}

// Gives components their node numbers; false on a cycle.
static bool number_nodes(struct plan_builder *builder, uint32_t *node_of)
{
    struct plan *plan = builder->plan;
    bool moved = true, parents = strcmp(plan->dependency_reading, "parents") == 0;

    for (uint32_t i = 0; i < plan->component_count; i++)
        node_of[i] = PLAN_NO_NODE;
    if (waits_left(builder, node_of, plan->root)) {
        problems_add(builder->problems, PROBLEM_GRAPH, "dag_execution_config.component_dependency",
                     "makes the root \"%s\" wait for others, but it runs first; keys are read as listing %s, the other "
                     "way round is \"dependency_direction\": \"%s\"",
                     plan->components[plan->root]->info.name, parents ? "what they wait for" : "what waits for them",
                     parents ? "children" : "parents");
        return false;
    }
    node_of[plan->root] = plan->node_count++;
    while (moved) {
        moved = false;
        for (uint32_t i = 0; i < plan->component_count; i++) {
            if (!plan->components[i]->in_graph || node_of[i] != PLAN_NO_NODE || waits_left(builder, node_of, i))
                continue;
            node_of[i] = plan->node_count++;
            moved = true;
        }
    }
    for (uint32_t i = 0; i < plan->component_count; i++)
        if (plan->components[i]->in_graph && node_of[i] == PLAN_NO_NODE) {
            report_cycle(builder, node_of);
            return false;
        }
    return true;
}

// What has no prerequisite waits for the root, so several roots are no race.
static void link_node(struct plan_builder *builder, const uint32_t *node_of, uint32_t component, uint32_t *next,
                      uint64_t *before, size_t words)
{
    struct plan *plan = builder->plan;
    struct plan_node *node = &plan->nodes[node_of[component]];
    uint32_t self = node_of[component];

    for (size_t i = 0; i < builder->edge_count; i++) {
        if (builder->edges[2 * i] == component) {
            uint32_t other = node_of[builder->edges[2 * i + 1]];

            node->waits++;
            before[other / 64] |= UINT64_C(1) << other % 64;
            for (size_t w = 0; w < words; w++)
                before[w] |= plan->nodes[other].before[w];
        }
        if (builder->edges[2 * i + 1] == component)
            next[node->next_count++] = node_of[builder->edges[2 * i]];
    }
    if (self != 0 && !(before[0] & 1)) {
        before[0] |= 1;
        if (node->waits == 0)
            node->waits = 1;
    }
    node->before = before;
    node->next = next;
}

static bool link_nodes(struct plan_builder *builder, const uint32_t *node_of, uint32_t *component_of)
{
    struct plan *plan = builder->plan;
    size_t words = (plan->node_count + 63) / 64;
    uint32_t *first;

    for (uint32_t n = 0; n < plan->node_count; n++) {
        uint32_t *next = arena_alloc(&plan->arena, (plan->node_count + 1) * sizeof(*next));
        uint64_t *before = arena_zalloc(&plan->arena, words * sizeof(*before));

        if (!next || !before)
            return false;
        link_node(builder, node_of, component_of[n], next, before, words);
    }
    first = (uint32_t *)plan->nodes[0].next;
    for (uint32_t n = 1; n < plan->node_count; n++) {
        bool waits = false;

        for (size_t i = 0; i < builder->edge_count; i++)
            waits |= node_of[builder->edges[2 * i]] == n;
        if (!waits)
            first[plan->nodes[0].next_count++] = n;
    }
    return true;
}

bool plan_order_nodes(struct plan_builder *builder)
{
    struct plan *plan = builder->plan;
    uint32_t *node_of = arena_alloc(&plan->arena, plan->component_count * sizeof(*node_of));
    uint32_t *component_of = arena_alloc(&plan->arena, plan->component_count * sizeof(*component_of));

    if (!node_of || !component_of || !number_nodes(builder, node_of))
        return false;
    plan->nodes = arena_zalloc(&plan->arena, plan->component_count * sizeof(*plan->nodes)); // fallbacks come later
    if (!plan->nodes)
        return false;
    for (uint32_t i = 0; i < plan->component_count; i++) {
        struct inferd_self *self = plan->components[i];

        if (self->stands_for || self->shadows)
            continue;
        if (!self->in_graph) {
            problems_add(builder->problems, PROBLEM_WARNING, self->path,
                         "component_dependency doesn't name \"%s\": it never runs", self->info.name);
            continue;
        }
        self->node = node_of[i];
        plan->nodes[node_of[i]].component = self;
        component_of[node_of[i]] = i;
    }
    plan->root = 0;
    return link_nodes(builder, node_of, component_of);
}
