// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Fallbacks: components outside of the graph that take the place of one that fails, and write its columns. They may
// have a fallback themselves. What follows from the end of the last is for the first one of such a chain to say.
#include <string.h>

#include "plan/builder.h"
#include "plan/policy_read.h"

static bool refuse(struct inferd_self *self, const char *path, const char *format, const char *name)
{
    component_fail(self, INFERD_INVALID_ARGUMENT, path, format, name);
    return false;
}

static bool is_in_chain(const struct inferd_self *last, const struct inferd_self *other)
{
    for (; last; last = last->stands_for)
        if (last == other)
            return true;
    return false;
}

// Whether 'other' can take the place of 'self'.
static bool fits(struct inferd_self *self, struct inferd_self *other)
{
    static const char *const heads[] = {"required", "defaults", "when", "shadow", NULL};
    const char *name = other->info.name;

    if (is_in_chain(self, other))
        return refuse(self, "on_error", "comes back to \"%s\": fallbacks must end somewhere", name);
    if (other->in_graph)
        return refuse(self, "on_error",
                      "names \"%s\", which component_dependency names, too: a fallback runs only in another's place; "
                      "take it out of the graph, or configure it a second time under another name",
                      name);
    if (other->stands_for)
        return refuse(self, "on_error", "names \"%s\", which is another's fallback already: each needs one of its own",
                      name);
    if (other->kind->kind->flags & INFERD_KIND_ROOT)
        return refuse(self, "on_error", "names \"%s\", the root, which takes nobody's place", name);
    for (size_t i = 0; heads[i]; i++)
        if (plan_policy_has(other, heads[i]))
            return refuse(other, heads[i], "is for \"%s\" to say, whose place this component takes: move it there",
                          self->info.name);
    if (other->policy && *other->policy->asked->on_error && !other->policy->fallback)
        return refuse(other, "on_error", "is for \"%s\" to say, whose place this component takes: move it there",
                      self->info.name);
    return true;
}

static bool link_chain(struct plan_builder *builder, struct inferd_self *self)
{
    while (self->policy && self->policy->fallback) {
        const char *name = self->policy->fallback;
        struct inferd_self *other = map_find(&builder->components, name, strlen(name));

        if (!other)
            return refuse(self, "on_error",
                          "names \"%s\", but there is no such component: configure it in "
                          "component_config",
                          name);
        if (!fits(self, other))
            return false;
        other->stands_for = self;
        self->fallback = other;
        self = other;
    }
    return true;
}

struct inferd_self *plan_policy_head(struct inferd_self *self)
{
    while (self->stands_for)
        self = self->stands_for;
    return self;
}

bool plan_link_fallbacks(struct plan_builder *builder)
{
    const struct plan *plan = builder->plan;
    bool fine = true;

    for (uint32_t i = 0; i < plan->component_count; i++)
        if (plan->components[i]->in_graph)
            fine &= link_chain(builder, plan->components[i]);
    return fine;
}

bool plan_add_fallbacks(struct plan_builder *builder)
{
    struct plan *plan = builder->plan;

    plan->graph_count = plan->node_count;
    for (uint32_t n = 0; n < plan->graph_count; n++) {
        struct inferd_self *head = plan->nodes[n].component;

        for (struct inferd_self *self = head->fallback; self; self = self->fallback) {
            self->node = plan->node_count++;
            self->required = head->required;
            self->stands_for->policy->fallback_node = self->node;
            plan->nodes[self->node] = plan->nodes[n];
            plan->nodes[self->node].component = self;
            plan->nodes[self->node].waits = 0;
        }
        plan_add_twin(plan, &plan->nodes[n]);
    }
    return true;
}

uint32_t plan_share_column(struct inferd_binder *binder, const char *name, unsigned space, unsigned type,
                           const char *path)
{
    struct inferd_self *self = binder->self, *head = self->shadows ? self->shadows : plan_policy_head(self);
    struct plan *plan = binder->builder->plan;
    struct text full;
    uint32_t index;

    text_init(&full);
    text_printf(&full, "%s:%s", head->info.name, name);
    index = plan_find_column(plan, space, text_string(&full), full.len);
    text_free(&full);
    if (index == INFERD_NO_COLUMN)
        index = plan_find_column(plan, space, name, strlen(name));
    if (index == INFERD_NO_COLUMN || plan->columns[index].origin != PLAN_WRITTEN ||
        plan->columns[index].writer != head->node) {
        component_fail(self, INFERD_INVALID_ARGUMENT, path,
                       "writes column \"%s\", which \"%s\" doesn't: a fallback writes only columns of the component "
                       "whose place it takes",
                       name, head->info.name);
        return INFERD_NO_COLUMN;
    }
    if (plan->columns[index].type != type) {
        component_fail(self, INFERD_INVALID_ARGUMENT, path,
                       "writes column \"%s\" as %s, but \"%s\" as %s: give both the same type", name,
                       inferd_type_name(type), head->info.name, inferd_type_name(plan->columns[index].type));
        return INFERD_NO_COLUMN;
    }
    return index;
}
