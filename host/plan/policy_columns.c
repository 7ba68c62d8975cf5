// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The part of policies that has to do with columns: known once all components are bound.
#include <stdio.h>
#include <string.h>

#include <inferd/ext/convert.h>
#include "plan/builder.h"
#include "plan/condition.h"
#include "plan/policy_read.h"

// The column that the component writes by that name, whole or short.
static uint32_t find_own(const struct plan *plan, const struct inferd_self *self, const char *name)
{
    struct text full;
    uint32_t found = INFERD_NO_COLUMN;

    text_init(&full);
    text_printf(&full, "%s:%s", self->info.name, name);
    for (unsigned space = 0; space < INFERD_SPACES && found == INFERD_NO_COLUMN; space++) {
        found = plan_find_column(plan, space, name, strlen(name));
        if (found == INFERD_NO_COLUMN || plan->columns[found].writer != self->node)
            found = plan_find_column(plan, space, text_string(&full), full.len);
        if (found != INFERD_NO_COLUMN && plan->columns[found].writer != self->node)
            found = INFERD_NO_COLUMN;
    }
    text_free(&full);
    return found;
}

static bool read_bool(const char *text, uint8_t *value)
{
    *value = strcmp(text, "true") == 0;
    return *value || strcmp(text, "false") == 0;
}

// A text as a value of a scalar type, in 'out'.
static bool convert(struct plan_builder *builder, const char *text, unsigned type, uint8_t *out)
{
    const struct inferd_host *host = builder->options->host;
    const struct inferd_convert *convert = host->extension ? host->extension(INFERD_EXT_CONVERT) : NULL;

    if (type == INFERD_TYPE_BOOL && read_bool(text, out))
        return true;
    return convert && convert->value(inferd_bytes_of(text), INFERD_TYPE_STRING, type, 0, out);
}

static bool read_value(struct plan_builder *builder, const struct plan_column *column, const char *text,
                       struct inferd_bytes *value)
{
    uint8_t out[16] = {0};
    size_t size = inferd_type_size(column->type);
    const void *from = out;

    if (column->type == INFERD_TYPE_STRING) {
        from = text;
        size = strlen(text);
    } else if (size == 0 || size > sizeof(out) || !convert(builder, text, column->type, out)) {
        return false;
    }
    value->data = arena_copy(&builder->plan->arena, from, size);
    value->len = size;
    return value->data && size;
}

static bool read_default(struct plan_builder *builder, struct inferd_self *self, const struct inferd_pair *pair,
                         struct plan_default *made)
{
    const struct plan *plan = builder->plan;
    char path[256];

    snprintf(path, sizeof(path), "defaults.%s", pair->key);
    made->column = find_own(plan, self, pair->key);
    if (made->column == INFERD_NO_COLUMN) {
        component_fail(self, INFERD_INVALID_ARGUMENT, path,
                       "is no column that \"%s\" writes; 'inferctl explain' lists those", self->info.name);
        return false;
    }
    if (read_value(builder, &plan->columns[made->column], pair->value, &made->value))
        return true;
    component_fail(self, INFERD_INVALID_ARGUMENT, path, "is no value of type %s: \"%s\"%s",
                   inferd_type_name(plan->columns[made->column].type), pair->value,
                   inferd_type_is_vector(plan->columns[made->column].type) ? " (vectors have no defaults)" : "");
    return false;
}

static bool read_defaults(struct plan_builder *builder, struct inferd_self *self)
{
    const struct inferd_list *list = &self->policy->asked->defaults;
    const struct inferd_pair *pairs = list->items;
    struct plan_default *made = arena_zalloc(&builder->plan->arena, (list->count + 1) * sizeof(*made));
    bool fine = made != NULL;

    for (size_t i = 0; made && i < list->count; i++)
        fine &= read_default(builder, self, &pairs[i], &made[i]);
    self->policy->defaults = made;
    self->policy->default_count = (uint32_t)list->count;
    return fine;
}

struct naming {
    struct plan_builder *builder;
    struct inferd_self *self;
};

// A condition reads columns of the request only, which are there before any node begins.
static bool find_request_column(void *user, const char *name, uint32_t *index)
{
    struct naming *naming = user;
    const struct plan *plan = naming->builder->plan;
    struct inferd_binder binder = {.builder = naming->builder, .self = naming->self};

    *index = plan_find_column(plan, INFERD_TARGETS, name, strlen(name));
    if (*index != INFERD_NO_COLUMN && plan->columns[*index].origin != PLAN_REQUEST) {
        component_fail(naming->self, INFERD_INVALID_ARGUMENT, "when",
                       "asks for column \"%s\", which %s writes: a condition is about the request only", name,
                       plan->columns[*index].path);
        return false;
    }
    *index = plan_bind_read(&binder, name, INFERD_TARGETS, INFERD_READ_OPTIONAL, "when");
    return *index != INFERD_NO_COLUMN;
}

static bool read_condition(struct plan_builder *builder, struct inferd_self *self)
{
    struct naming naming = {builder, self};
    char error[256] = "";

    if (!plan_policy_has(self, "when"))
        return true;
    self->policy->when = plan_condition_read(&builder->plan->arena, self->policy->asked->when, find_request_column,
                                             &naming, error, sizeof(error));
    if (self->policy->when)
        return true;
    if (*error)
        component_fail(self, INFERD_INVALID_ARGUMENT, "when", "%s", error);
    return false;
}

// The end of a fallback is the end of the node whose place it takes.
static bool inherit(struct plan_builder *builder, struct inferd_self *self, const struct plan_policy *head)
{
    if (!self->policy)
        self->policy = arena_zalloc(&builder->plan->arena, sizeof(*self->policy));
    if (!self->policy)
        return false;
    if (!self->fallback)
        self->policy->fallback_node = PLAN_NO_NODE;
    self->policy->forgives = head->forgives;
    self->policy->defaults = head->defaults;
    self->policy->default_count = head->default_count;
    return true;
}

// All is read, whatever is wrong, so that all problems are told at once.
static bool read_policy(struct plan_builder *builder, struct inferd_self *self)
{
    bool fine = read_defaults(builder, self);

    fine &= read_condition(builder, self);
    return fine;
}

bool plan_compile_policies(struct plan_builder *builder)
{
    struct plan *plan = builder->plan;
    bool fine = true;

    for (uint32_t n = 0; n < plan->node_count && fine; n++) {
        struct inferd_self *self = plan->nodes[n].component;

        if (self->shadows)
            fine = plan_pair_columns(builder, self);
        else if (self->stands_for)
            fine = inherit(builder, self, self->stands_for->policy);
        else if (self->policy && !self->stand_in)
            fine = read_policy(builder, self);
        plan->nodes[n].policy = self->policy;
    }
    return fine;
}
