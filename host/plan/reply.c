// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Reads response_config: which columns the replies carry, in which order, and which of them belong to slates.
#include <string.h>

#include "config/options.h"
#include "plan/builder.h"
#include "plan/tables.h"

#define WHERE "response_config"

struct reply_options {
    struct inferd_list features; // const char *
    int64_t schema_percent, log_percent, log_batch_size;
    bool log_reply_only;
    struct inferd_list log_features; // const char *
};

#define AT(member) .offset = offsetof(struct reply_options, member)

const struct inferd_option plan_reply_table[] = {
    {.name = "features",
     .type = INFERD_OPTION_STRINGS,
     AT(features),
     .help = "the columns of the reply; the first is that of the ids"},
    {.name = "model_schema_features_perc",
     .alias = "model_schema_perc",
     .type = INFERD_OPTION_INT,
     AT(schema_percent),
     .max = 100,
     .unit = "%",
     .help = "share of the users who get the models' inputs, too"},
    {.name = "logging_perc",
     .type = INFERD_OPTION_INT,
     AT(log_percent),
     .max = 100,
     .unit = "%",
     .help = "share of the requests that is logged"},
    {.name = "log_features", .type = INFERD_OPTION_BOOL, AT(log_reply_only), .help = "log the reply's columns only"},
    {.name = "log_features", .type = INFERD_OPTION_STRINGS, AT(log_features), .help = "the columns to log"},
    {.name = "log_batch_size", .type = INFERD_OPTION_INT, AT(log_batch_size), .help = "rows in a message of the log"},
    {0},
};

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

// Tables of targets or slates name columns as the config does, which may be by a short name.
static void call_by(struct plan *plan, uint32_t column, const char *name)
{
    if (column == INFERD_NO_COLUMN)
        return;
    plan->columns[column].name = name;
    plan->columns[column].name_len = strlen(name);
}

static bool read_features(struct plan_builder *builder, const struct inferd_list *features)
{
    struct plan *plan = builder->plan;
    struct plan_reply *reply = &plan->reply;
    size_t count = features->count;
    const char *const *names = features->items;
    uint32_t *all = arena_alloc(&plan->arena, (count + 1) * sizeof(*all));
    uint32_t *targets = arena_alloc(&plan->arena, (count + 1) * sizeof(*targets));

    if (!all || !targets)
        return false;
    for (size_t i = 0; i < count; i++) {
        const char *path = arena_printf(&plan->arena, WHERE ".features[%zu]", i);

        if (!path || !plan_is_clear(builder, INFERD_TARGETS, names[i], path) ||
            !plan_is_clear(builder, INFERD_SLATES, names[i], path))
            return false;
        all[i] = target_column(builder, names[i]);
        call_by(plan, all[i], names[i]);
        if (slate_column(plan, names[i]) == INFERD_NO_COLUMN)
            targets[reply->target_count++] = all[i];
        else
            call_by(plan, slate_column(plan, names[i]), names[i]);
    }
    reply->all = all;
    reply->all_names = names;
    reply->all_count = (uint32_t)count;
    reply->targets = targets;
    return true;
}

static bool has_name(const char *const *names, uint32_t count, const char *name)
{
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

// Slates' columns come in the order of their writers. (A reader may have made a column before its writer came.)
static bool read_slates(struct plan_builder *builder)
{
    struct plan *plan = builder->plan;
    struct plan_reply *reply = &plan->reply;
    uint32_t *slates = arena_alloc(&plan->arena, (plan->column_count + 1) * sizeof(*slates));

    if (!slates)
        return false;
    for (uint32_t c = 0; c < plan->column_count; c++) {
        const struct plan_column *column = &plan->columns[c];
        uint32_t at = reply->slate_count;

        if (column->space != INFERD_SLATES || column->origin != PLAN_WRITTEN ||
            !has_name(reply->all_names, reply->all_count, column->name))
            continue;
        for (; at > 0 && plan->columns[slates[at - 1]].turn > column->turn; at--)
            slates[at] = slates[at - 1];
        slates[at] = c;
        reply->slate_count++;
    }
    reply->slates = slates;
    return true;
}

// The model schema's columns, then those of the reply that are not among them.
static bool read_full(struct plan_builder *builder)
{
    struct plan *plan = builder->plan;
    struct plan_reply *reply = &plan->reply;
    size_t room = builder->read_count + reply->all_count + 1;
    uint32_t *full = arena_alloc(&plan->arena, room * sizeof(*full));
    const char **names = arena_alloc(&plan->arena, room * sizeof(*names));
    uint32_t inputs;

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
    inputs = reply->full_count;
    for (uint32_t i = 0; i < reply->all_count; i++) // a name that stands there twice is there twice
        if (!has_name(names, inputs, reply->all_names[i])) {
            names[reply->full_count] = reply->all_names[i];
            full[reply->full_count++] = reply->all[i];
        }
    reply->full = full;
    reply->full_names = names;
    return true;
}

bool plan_read_reply(struct plan_builder *builder)
{
    const struct inferd_options table = {plan_reply_table, sizeof(struct reply_options)};
    json_t *config = json_object_get(builder->json, WHERE), *none = json_object();
    const struct reply_options *options =
        options_fill(&builder->plan->arena, &table, config && !json_is_null(config) ? config : none, WHERE, NULL, NULL,
                     builder->problems);

    json_decref(none);
    if (!options)
        return false;
    builder->plan->reply.schema_percent = (uint32_t)options->schema_percent;
    return read_features(builder, &options->features) && read_slates(builder) && read_full(builder);
}
