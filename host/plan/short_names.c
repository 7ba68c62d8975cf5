// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Columns that are called "<component>:<name>", and may be called by the name alone as long as that is clear. Readers
// may come before the writer: then the column that was made for them becomes the writer's, so that a plan has no second
// index for it.
#include <stdlib.h>
#include <string.h>

#include "plan/builder.h"

static struct plan_short_name *find(struct plan_builder *builder, unsigned space, const char *name)
{
    for (size_t i = 0; i < builder->short_name_count; i++)
        if (builder->short_names[i].space == space && strcmp(builder->short_names[i].name, name) == 0)
            return &builder->short_names[i];
    return NULL;
}

static bool complain(struct plan_builder *builder, const struct plan_short_name *shortened, const char *path)
{
    problems_add(builder->problems, PROBLEM_CONFIG, path, "\"%s\" may be \"%s\" or \"%s\": write which of the two",
                 shortened->name, builder->plan->columns[shortened->column].name, shortened->other);
    return false;
}

bool plan_is_clear(struct plan_builder *builder, unsigned space, const char *name, const char *path)
{
    struct plan_short_name *shortened = find(builder, space, name);

    if (!shortened)
        return true;
    if (shortened->other)
        return complain(builder, shortened, path);
    if (!shortened->read_path)
        shortened->read_path = path;
    return true;
}

static const char *reader_of(const struct plan_builder *builder, uint32_t column)
{
    for (size_t i = 0; i < builder->read_count; i++)
        if (builder->reads[i].column == column && builder->reads[i].node != PLAN_NO_NODE)
            return builder->reads[i].path;
    return NULL;
}

static bool set_name(struct plan *plan, unsigned space, const char *name, uint32_t column)
{
    return map_set(&plan->names[space], name, strlen(name), (void *)(uintptr_t)(column + 1), NULL);
}

static bool add_short_name(struct plan_builder *builder, const struct plan_short_name *added)
{
    struct plan_short_name *grown = realloc(builder->short_names, (builder->short_name_count + 1) * sizeof(*grown));

    if (!grown)
        return false;
    builder->short_names = grown;
    grown[builder->short_name_count++] = *added;
    return set_name(builder->plan, added->space, added->name, added->column);
}

// The column that those who read it by its short name have got becomes the one of that full name.
static uint32_t take_over(struct inferd_binder *binder, struct plan_short_name *added, const char *full)
{
    struct plan *plan = binder->builder->plan;
    uint32_t column = plan_find_column(plan, added->space, added->name, strlen(added->name));

    added->read_path = reader_of(binder->builder, column);
    if (plan_find_column(plan, added->space, full, strlen(full)) != INFERD_NO_COLUMN) {
        component_fail(binder->self, INFERD_INVALID_ARGUMENT, added->path,
                       "writes column \"%s\", which others read by this name and as \"%s\": write the same in both "
                       "places",
                       full, added->name);
        return INFERD_NO_COLUMN;
    }
    plan->columns[column].name = full;
    plan->columns[column].name_len = strlen(full);
    return set_name(plan, added->space, full, column) ? column : INFERD_NO_COLUMN;
}

uint32_t plan_add_qualified(struct inferd_binder *binder, unsigned space, const char *name, const char *path)
{
    struct plan_builder *builder = binder->builder;
    struct plan *plan = builder->plan;
    const char *full = arena_printf(&plan->arena, "%s:%s", binder->self->info.name, name);
    uint32_t plain = plan_find_column(plan, space, name, strlen(name));
    struct plan_short_name *known = find(builder, space, name);
    struct plan_short_name added = {
        .name = arena_strndup(&plan->arena, name, strlen(name)), .path = path, .space = space};

    if (!full || !added.name)
        return INFERD_NO_COLUMN;
    if (known) {
        known->other = full;
        if (known->read_path)
            complain(builder, known, known->read_path);
        return plan_add_column(builder, space, full);
    }
    if (plain != INFERD_NO_COLUMN && plan->columns[plain].is_id) {
        component_fail(binder->self, INFERD_INVALID_ARGUMENT, path,
                       "writes column \"%s\", and the first of response_config.features, \"%s\", names the targets' "
                       "ids: write \"%s\" there, or put a name for the ids before it",
                       full, name, full);
        return INFERD_NO_COLUMN;
    }
    if (plain != INFERD_NO_COLUMN && plan->columns[plain].origin != PLAN_REQUEST)
        return plan_add_column(builder, space, full);
    added.column = plain == INFERD_NO_COLUMN ? plan_add_column(builder, space, full) : take_over(binder, &added, full);
    return added.column != INFERD_NO_COLUMN && add_short_name(builder, &added) ? added.column : INFERD_NO_COLUMN;
}
