// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Binds the components' columns: names become indexes, each column gets one writer, and every reader must be downstream
// of it. So nodes run in parallel without locks, and a race can't be configured.
#include <stdlib.h>
#include <string.h>

#include "plan/builder.h"
#include "plan/reported.h"
#include "process/breadcrumb.h"

uint32_t plan_add_column(struct plan_builder *builder, unsigned space, const char *name)
{
    struct plan *plan = builder->plan;
    size_t len = strlen(name);
    uint32_t index = plan_find_column(plan, space, name, len);
    struct plan_column *column;

    if (index != INFERD_NO_COLUMN)
        return index;
    if (plan->column_count == builder->column_capacity) {
        uint32_t capacity = builder->column_capacity ? 2 * builder->column_capacity : 64;
        struct plan_column *grown = arena_alloc(&plan->arena, capacity * sizeof(*grown));

        if (!grown)
            return INFERD_NO_COLUMN;
        if (plan->column_count)
            memcpy(grown, plan->columns, plan->column_count * sizeof(*grown));
        plan->columns = grown;
        builder->column_capacity = capacity;
    }
    column = &plan->columns[plan->column_count];
    *column = (struct plan_column){.name = arena_strndup(&plan->arena, name, len),
                                   .name_len = len,
                                   .space = (uint8_t)space,
                                   .type = INFERD_TYPE_STRING,
                                   .reported = INFERD_TYPE_STRING,
                                   .is_text = true,
                                   .optional = true,
                                   .writer = PLAN_NO_NODE};
    if (!column->name ||
        !map_set(&plan->names[space], column->name, len, (void *)(uintptr_t)(plan->column_count + 1), NULL))
        return INFERD_NO_COLUMN;
    return plan->column_count++;
}

// A component that nobody runs. Its columns are there all the same, with their types and without values, since replies
// may name them; whoever runs has precedence.
static bool is_idle(const struct inferd_self *self)
{
    return self->node == PLAN_NO_NODE;
}

// Whether nobody writes the column that holds the ids, for one who reads them whatever the column's name.
static bool is_id_free(struct inferd_binder *binder, const char *path)
{
    const struct plan_column *column = &binder->builder->plan->columns[binder->builder->plan->id_column];

    if (column->origin == PLAN_REQUEST || is_idle(binder->self)) {
        binder->builder->ids_read |= !is_idle(binder->self);
        return true;
    }
    component_fail(binder->self, INFERD_INVALID_ARGUMENT, path,
                   "reads the targets' ids, but their column \"%s\" (the first of response_config.features) is written "
                   "by %s: put a name for the ids before it",
                   column->name, column->path);
    return false;
}

uint32_t plan_bind_read(struct inferd_binder *binder, const char *name, unsigned space, unsigned flags,
                        const char *path)
{
    struct plan_builder *builder = binder->builder;
    const char *where = component_path(binder->self, &builder->plan->arena, path);
    bool idle = is_idle(binder->self);
    uint32_t index;

    if (!name && !is_id_free(binder, path))
        return INFERD_NO_COLUMN;
    if (!name)
        name = builder->plan->columns[builder->plan->id_column].name;
    else if (space < INFERD_SPACES && !idle && !plan_is_clear(builder, space, name, where))
        return INFERD_NO_COLUMN;
    index = space < INFERD_SPACES ? plan_add_column(builder, space, name) : INFERD_NO_COLUMN;
    if (index == INFERD_NO_COLUMN) {
        component_fail(binder->self, INFERD_INTERNAL, path, "no column can be made of \"%s\"", name);
        return index;
    }
    if (builder->read_count == builder->read_capacity) {
        size_t capacity = builder->read_capacity ? 2 * builder->read_capacity : 64;
        struct plan_read *grown = realloc(builder->reads, capacity * sizeof(*grown));

        if (!grown)
            return INFERD_NO_COLUMN;
        builder->reads = grown;
        builder->read_capacity = capacity;
    }
    builder->reads[builder->read_count++] =
        (struct plan_read){.node = binder->self->node, .column = index, .flags = flags, .path = where};
    if (!idle && !(flags & INFERD_READ_OPTIONAL))
        builder->plan->columns[index].optional = false;
    return index;
}

bool plan_is_read(struct inferd_binder *binder, const char *name, unsigned space)
{
    const struct plan_builder *builder = binder->builder;
    uint32_t index = plan_find_column(builder->plan, space, name, strlen(name));

    for (size_t i = 0; index != INFERD_NO_COLUMN && i < builder->read_count; i++)
        if (builder->reads[i].column == index && !(builder->reads[i].flags & INFERD_READ_SCHEMA))
            return true;
    return false;
}

// Why a column can't get a writer, as a problem; false when it can.
static bool is_taken(struct inferd_binder *binder, const struct plan_column *column, const char *path)
{
    // Whoever writes the column of the ids hides them, as in the original: they stand in for values that it lacks, as a
    // request's text for any written column does.
    if (column->idle)
        return false;
    if (column->is_id && binder->builder->ids_read)
        component_fail(
            binder->self, INFERD_INVALID_ARGUMENT, path,
            "writes column \"%s\", which holds the targets' ids (the first of response_config.features): take "
            "another name",
            column->name);
    else if (column->origin != PLAN_REQUEST)
        component_fail(binder->self, INFERD_INVALID_ARGUMENT, path,
                       "writes column \"%s\", which %s writes already: each column has one writer; take another name",
                       column->name, column->path);
    else
        return false;
    return true;
}

uint32_t plan_bind_write(struct inferd_binder *binder, const char *name, unsigned space, unsigned type, unsigned flags,
                         const char *spelling, const char *path)
{
    struct plan_builder *builder = binder->builder;
    struct plan *plan = builder->plan;
    uint32_t index;
    struct plan_column *column;

    if (!name || !*name || space >= INFERD_SPACES || (type == INFERD_TYPE_UNKNOWN && !(plan->compat && spelling)) ||
        type >= INFERD_TYPE_COUNT) {
        component_fail(binder->self, INFERD_INVALID_ARGUMENT, path, "writes a column %s",
                       name && *name ? "of an unknown type" : "without a name");
        return INFERD_NO_COLUMN;
    }
    if (binder->self->stands_for && !plan_policy_head(binder->self)->stand_in)
        return plan_share_column(binder, name, space, type, path);
    if (binder->self->shadows)
        index = plan_shadow_column(binder, name, space);
    else
        index = flags & INFERD_WRITE_QUALIFIED ? plan_add_qualified(binder, space, name, path)
                                               : plan_add_column(builder, space, name);
    if (index == INFERD_NO_COLUMN)
        return index;
    if (is_idle(binder->self) && plan->columns[index].origin != PLAN_REQUEST)
        return index;
    if (is_taken(binder, &plan->columns[index], path))
        return INFERD_NO_COLUMN;
    column = &plan->columns[index];
    if (binder->self->shadows && !binder->self->shadows->stand_in) {
        uint32_t of = plan_share_column(binder, name, space, type, path);

        column = &plan->columns[index];
        column->shadow_of = of == INFERD_NO_COLUMN ? 0 : of + 1;
    }
    column->origin = PLAN_WRITTEN;
    column->type = (uint8_t)type;
    column->is_text = flags & INFERD_WRITE_INLINE;
    column->reported =
        (uint8_t)(column->is_text ? INFERD_TYPE_STRING : plan_reported_type(type, spelling, plan->compat));
    column->spelling = spelling ? arena_strndup(&plan->arena, spelling, strlen(spelling)) : NULL;
    column->writer = plan_policy_head(binder->self)->node;
    column->turn = ++builder->turns;
    column->idle = is_idle(binder->self);
    column->is_id = false;
    column->path = component_path(binder->self, &plan->arena, path);
    return index;
}

int plan_bind_constant(struct inferd_binder *binder, const char *name, struct inferd_bytes value, const char *path)
{
    struct plan *plan = binder->builder->plan;
    uint32_t index = name && *name ? plan_add_column(binder->builder, INFERD_TARGETS, name) : INFERD_NO_COLUMN;
    struct plan_column *column;
    bool again;

    if (index == INFERD_NO_COLUMN)
        return component_fail(binder->self, INFERD_INVALID_ARGUMENT, path, "declares a constant without a name");
    column = &plan->columns[index];
    again = column->origin == PLAN_CONSTANT;
    if (again && inferd_bytes_equal(column->value, value))
        return INFERD_OK;
    if (!again && is_idle(binder->self) && column->origin != PLAN_REQUEST)
        return INFERD_OK;
    if (!again && is_taken(binder, column, path))
        return INFERD_INVALID_ARGUMENT;
    if (again)
        problems_add(binder->builder->problems, PROBLEM_WARNING, component_path(binder->self, &plan->arena, path),
                     "gives column \"%s\" another value than %s: this one, the last, counts", column->name,
                     column->path);
    column->idle = is_idle(binder->self) && (!again || column->idle);
    column->origin = PLAN_CONSTANT;
    column->value.data = arena_copy(&plan->arena, value.data, value.len);
    column->value.len = value.len;
    column->path = component_path(binder->self, &plan->arena, path);
    return INFERD_OK;
}

// Whether it is "<component>:<name>", of a component that is configured by name: there the reply may begin with it.
static bool is_qualified(struct plan_builder *builder, const char *name)
{
    const char *colon = strchr(name, ':');
    const struct inferd_self *self = colon ? map_find(&builder->components, name, (size_t)(colon - name)) : NULL;

    return self && self->by_name && self->in_graph;
}

static bool add_id_column(struct plan_builder *builder)
{
    json_t *features = json_object_get(json_object_get(builder->json, "response_config"), "features");
    const char *name = json_string_value(json_array_get(features, 0));
    uint32_t index =
        plan_add_column(builder, INFERD_TARGETS, name && *name && !is_qualified(builder, name) ? name : "id");

    if (index == INFERD_NO_COLUMN)
        return false;
    builder->plan->columns[index].is_id = true;
    builder->plan->id_column = index;
    return true;
}

static void bind_component(struct plan_builder *builder, struct inferd_self *self)
{
    struct inferd_binder binder = {.builder = builder, .self = self};
    size_t errors = builder->problems->errors;
    uint64_t before = breadcrumb_enter(self->crumb | BREADCRUMB_BIND);
    int status = self->kind->kind->bind(self->instance, &binder);

    breadcrumb_leave(before);
    if (status != INFERD_OK && builder->problems->errors == errors)
        component_fail(self, INFERD_INTERNAL, "", "does not bind, and its module doesn't say why");
    self->bound = true;
}

// A component that never runs shows its columns, but refuses no config by them: what is wrong with it does no harm. The
// guide's shape has none, where a second "<component>:<name>" would make the short name unclear.
static void show_component(struct plan_builder *builder, struct inferd_self *self)
{
    struct problems *problems = self->problems;
    struct problems aside;

    if (!is_idle(self) || self->by_name)
        return;
    problems_init(&aside);
    self->problems = builder->problems = &aside;
    bind_component(builder, self);
    self->problems = builder->problems = problems;
    for (size_t i = 0; i < aside.count; i++)
        problems_add(problems, PROBLEM_WARNING, aside.list[i].path, "%s", aside.list[i].message);
    problems_free(&aside);
}

bool plan_bind_components(struct plan_builder *builder)
{
    struct plan *plan = builder->plan;
    uint32_t last = 0, rank = 0;

    if (builder->problems->errors || !add_id_column(builder))
        return false;
    while (rank != UINT32_MAX) { // components of kinds in ascending rank, in the order of the config
        uint32_t following = UINT32_MAX;

        for (uint32_t i = 0; i < plan->component_count; i++) {
            struct inferd_self *self = plan->components[i];
            uint32_t own = self->kind->kind->rank;

            if (own > last && own < following)
                following = own;
            if (own == rank && self->in_graph)
                bind_component(builder, self);
            else if (own == rank)
                show_component(builder, self);
        }
        last = rank = following;
    }
    for (uint32_t n = plan->graph_count; n < plan->node_count; n++)
        bind_component(builder, plan->nodes[n].component);
    return builder->problems->errors == 0;
}

bool plan_check_reads(struct plan_builder *builder)
{
    const struct plan *plan = builder->plan;

    for (size_t i = 0; i < builder->read_count; i++) {
        const struct plan_read *read = &builder->reads[i];
        const struct plan_column *column = &plan->columns[read->column];
        const struct plan_node *node;

        if (column->origin != PLAN_WRITTEN || column->writer == PLAN_NO_NODE || read->node == PLAN_NO_NODE)
            continue;
        node = &plan->nodes[read->node];
        if (node->before[column->writer / 64] >> column->writer % 64 & 1)
            continue;
        problems_add(builder->problems, PROBLEM_CONFIG, read->path,
                     "\"%s\" reads column \"%s\", but doesn't wait for \"%s\", which writes it: add that edge to "
                     "component_dependency",
                     node->component->info.name, column->name, plan->nodes[column->writer].component->info.name);
    }
    return builder->problems->errors == 0;
}
