// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Reads response_config: which columns the replies carry, in which order, and which of them belong to slates.
#include <string.h>

#include "plan/builder.h"

static uint32_t slate_column(const struct plan *plan, const char *name)
{
    uint32_t index = plan_find_column(plan, INFERD_SLATES, name, strlen(name));

    return index != INFERD_NO_COLUMN && plan->columns[index].origin == PLAN_WRITTEN ? index : INFERD_NO_COLUMN;
}

// The column for a reply about targets: NO_COLUMN where only slates have it.
static uint32_t target_column(struct plan_builder *builder, const char *name)
{
    if (slate_column(builder->plan, name) != INFERD_NO_COLUMN &&
        plan_find_column(builder->plan, INFERD_TARGETS, name, strlen(name)) == INFERD_NO_COLUMN)
        return INFERD_NO_COLUMN;
    return plan_add_column(builder, INFERD_TARGETS, name);
}

static bool read_features(struct plan_builder *builder, json_t *features)
{
    struct plan *plan = builder->plan;
    struct plan_reply *reply = &plan->reply;
    size_t count = json_array_size(features);
    uint32_t *all = arena_alloc(&plan->arena, (count + 1) * sizeof(*all));
    uint32_t *targets = arena_alloc(&plan->arena, (count + 1) * sizeof(*targets));
    const char **names = arena_alloc(&plan->arena, (count + 1) * sizeof(*names));

    if (!all || !targets || !names)
        return false;
    for (size_t i = 0; i < count; i++) {
        const char *name = json_string_value(json_array_get(features, i));
        char path[64];

        if (!name) {
            snprintf(path, sizeof(path), "response_config.features[%zu]", i);
            problems_add(builder->problems, PROBLEM_CONFIG, path, "must be a column's name");
            return false;
        }
        names[i] = arena_strndup(&plan->arena, name, strlen(name));
        all[i] = target_column(builder, name);
        if (slate_column(plan, name) == INFERD_NO_COLUMN)
            targets[reply->target_count++] = all[i];
    }
    reply->all = all;
    reply->all_names = names;
    reply->all_count = (uint32_t)count;
    reply->targets = targets;
    return true;
}

// Slates' columns come in the order of their writers.
static bool read_slates(struct plan_builder *builder)
{
    struct plan *plan = builder->plan;
    struct plan_reply *reply = &plan->reply;
    uint32_t *slates = arena_alloc(&plan->arena, (plan->column_count + 1) * sizeof(*slates));

    if (!slates)
        return false;
    for (uint32_t c = 0; c < plan->column_count; c++) {
        if (plan->columns[c].space != INFERD_SLATES || plan->columns[c].origin != PLAN_WRITTEN)
            continue;
        for (uint32_t i = 0; i < reply->all_count; i++)
            if (strcmp(reply->all_names[i], plan->columns[c].name) == 0) {
                slates[reply->slate_count++] = c;
                break;
            }
    }
    reply->slates = slates;
    return true;
}

static bool has_name(const char *const *names, uint32_t count, const char *name)
{
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

// The model schema's columns, then those of the reply that are not among them.
static bool read_full(struct plan_builder *builder)
{
    struct plan *plan = builder->plan;
    struct plan_reply *reply = &plan->reply;
    size_t room = builder->read_count + reply->all_count + 1;
    uint32_t *full = arena_alloc(&plan->arena, room * sizeof(*full));
    const char **names = arena_alloc(&plan->arena, room * sizeof(*names));

    if (!full || !names)
        return false;
    for (size_t i = 0; i < builder->read_count; i++) {
        const struct plan_column *column = &plan->columns[builder->reads[i].column];

        if (!(builder->reads[i].flags & INFERD_READ_SCHEMA) || column->space != INFERD_TARGETS ||
            has_name(names, reply->full_count, column->name))
            continue;
        names[reply->full_count] = column->name;
        full[reply->full_count++] = builder->reads[i].column;
    }
    for (uint32_t i = 0; i < reply->all_count; i++)
        if (!has_name(names, reply->full_count, reply->all_names[i])) {
            names[reply->full_count] = reply->all_names[i];
            full[reply->full_count++] = reply->all[i];
        }
    reply->full = full;
    reply->full_names = names;
    return true;
}

static void read_percent(struct plan_builder *builder, json_t *config)
{
    json_t *percent = json_object_get(config, "model_schema_features_perc");

    if (!percent)
        percent = json_object_get(config, "model_schema_perc");
    if (!percent || json_is_null(percent))
        return;
    if (!json_is_integer(percent) || json_integer_value(percent) < 0 || json_integer_value(percent) > 100)
        problems_add(builder->problems, PROBLEM_CONFIG, "response_config.model_schema_features_perc",
                     "must be a whole number from 0 to 100");
    else
        builder->plan->reply.schema_percent = (uint32_t)json_integer_value(percent);
}

bool plan_read_reply(struct plan_builder *builder)
{
    json_t *config = json_object_get(builder->json, "response_config");
    json_t *features = json_object_get(config, "features");

    if (config && !json_is_object(config) && !json_is_null(config)) {
        problems_add(builder->problems, PROBLEM_CONFIG, "response_config", "must be an object");
        return false;
    }
    if (features && !json_is_array(features) && !json_is_null(features)) {
        problems_add(builder->problems, PROBLEM_CONFIG, "response_config.features",
                     "must be an array of columns' names, the first being that of the ids");
        return false;
    }
    read_percent(builder, config);
    return read_features(builder, features) && read_slates(builder) && read_full(builder);
}
