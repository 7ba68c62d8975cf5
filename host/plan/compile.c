// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Compiling a model config into a plan: parse, make the components, read the graph, bind the columns, check. Knows the
// shape of a config but no kind.
#include "plan/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/magic.h"
#include "config/json_text.h"
#include "plan/builder.h"
#include "plan/quarantine.h"
#include "process/breadcrumb.h"

static json_t *parse_config(const char *text, size_t len, struct problems *problems)
{
    json_error_t error;
    json_t *json = json_text_read(text, len, JSON_REJECT_DUPLICATES, &error);

    if (!json) {
        problems_add(problems, PROBLEM_CONFIG, "", "is not JSON: line %d, column %d: %s", error.line, error.column,
                     error.text);
        return NULL;
    }
    if (!json_is_object(json)) {
        problems_add(problems, PROBLEM_CONFIG, "", "must be a JSON object, a model's config");
        json_decref(json);
        return NULL;
    }
    return json;
}

// A map of models, {"<model_config_id>": {…}}, in the place of one model.
static bool is_map_of_models(struct plan_builder *builder)
{
    const char *id;
    json_t *value;

    if (json_object_get(builder->json, "component_config"))
        return false;
    json_object_foreach(builder->json, id, value)
    {
        if (!json_object_get(value, "component_config") && !json_object_get(value, "dag_execution_config"))
            continue;
        problems_add(builder->problems, PROBLEM_CONFIG, "",
                     "holds models by their ids, such as \"%s\", and not one model: it belongs into the key config-map "
                     "(of a directory: config-map.json); or leave the outer braces and the id out",
                     id);
        return true;
    }
    return false;
}

static void read_switches(struct plan_builder *builder)
{
    struct plan *plan = builder->plan;
    json_t *compat = json_object_get(builder->json, "compat");
    json_t *values = json_object_get(builder->json, "inline_values");

    plan->compat = builder->options->compat;
    if (compat && !json_is_null(compat)) {
        const char *name = json_string_value(compat);

        if (name && strcmp(name, "inferflow") == 0)
            plan->compat = true;
        else if (name && strcmp(name, "none") == 0)
            plan->compat = false;
        else
            problems_add(builder->problems, PROBLEM_CONFIG, "compat", "must be \"inferflow\" or \"none\"");
    }
    plan->inline_text = plan->compat;
    if (values && !json_is_null(values)) {
        const char *name = json_string_value(values);

        if (name && strcmp(name, "text") == 0)
            plan->inline_text = true;
        else if (name && strcmp(name, "typed") == 0)
            plan->inline_text = false;
        else
            problems_add(builder->problems, PROBLEM_CONFIG, "inline_values", "must be \"text\" or \"typed\"");
    }
}

static void keep_reads(struct plan_builder *builder)
{
    struct plan *plan = builder->plan;
    struct plan_read *reads = arena_alloc(&plan->arena, (builder->read_count + 1) * sizeof(*reads));

    for (size_t i = 0; reads && i < builder->read_count; i++)
        if (builder->reads[i].node != PLAN_NO_NODE)
            reads[plan->read_count++] = builder->reads[i];
    plan->reads = reads;
}

static bool build(struct plan_builder *builder)
{
    static bool (*const passes[])(struct plan_builder *) = {
        plan_read_components, plan_read_graph,       plan_link_fallbacks, plan_order_nodes, plan_add_fallbacks,
        plan_bind_components, plan_compile_policies, plan_check_reads,    plan_read_reply};

    if (is_map_of_models(builder))
        return false;
    read_switches(builder);
    for (size_t i = 0; i < sizeof(passes) / sizeof(passes[0]); i++)
        if (!passes[i](builder))
            return false;
    if (!plan_quarantine_bound(builder->plan, builder->options))
        problems_add(builder->problems, PROBLEM_CONFIG, "", "no memory to compile it");
    if (builder->options->explain)
        keep_reads(builder);
    return builder->problems->errors == 0;
}

static struct plan *plan_new(const char *model)
{
    struct plan *plan = calloc(1, sizeof(*plan));

    if (!plan)
        return NULL;
    plan->magic = PLAN_MAGIC;
    arena_init(&plan->arena, 16384, 0);
    map_init(&plan->names[INFERD_TARGETS]);
    map_init(&plan->names[INFERD_SLATES]);
    plan->model = arena_strndup(&plan->arena, model, strlen(model));
    return plan;
}

// Who finds no memory, JSON's library or a module, says all sorts of things; the C library says it in errno. It is the
// first thing to be told then.
static void tell_of_memory(struct problems *problems)
{
    static const char text[] = "there isn't enough memory to compile it: raise the limit of the process's memory, or "
                               "make it smaller";
    size_t count = problems->count;

    problems_add(problems, PROBLEM_CONFIG, "", text);
    if (problems->count > count && count > 0) {
        struct problem last = problems->list[count];

        memmove(&problems->list[1], &problems->list[0], count * sizeof(last));
        problems->list[0] = last;
    }
}

struct plan *plan_compile(const struct plan_options *options, const char *model, const char *json, size_t len,
                          struct problems *problems)
{
    struct plan_builder builder = {.options = options, .problems = problems};
    size_t errors = problems->errors;

    errno = 0;
    builder.json = parse_config(json, len, problems);
    if (!builder.json) {
        if (errno == ENOMEM)
            tell_of_memory(problems);
        return NULL;
    }
    builder.plan = plan_new(model);
    map_init(&builder.components);
    if (builder.plan && builder.plan->model)
        build(&builder);
    // (Who hasn't noticed that it got none from the arena has made half a thing.)
    if (!builder.plan || !builder.plan->model || builder.plan->arena.exhausted ||
        (errno == ENOMEM && problems->errors > errors))
        tell_of_memory(problems);
    for (uint32_t i = 0; builder.plan && i < builder.plan->component_count; i++) {
        builder.plan->components[i]->problems = NULL;
        builder.plan->components[i]->resources = NULL;
        builder.plan->components[i]->object = NULL;
    }
    map_free(&builder.components);
    free(builder.reads);
    free(builder.short_names);
    free(builder.edges);
    json_decref(builder.json);
    if (problems->errors == errors && builder.plan)
        return builder.plan;
    plan_destroy(builder.plan);
    return NULL;
}

static int start_component(struct inferd_self *self)
{
    uint64_t before;
    int status;

    if (!self->kind->kind->start)
        return INFERD_OK;
    before = breadcrumb_enter(self->crumb | BREADCRUMB_START);
    status = self->kind->kind->start(self->instance);
    breadcrumb_leave(before);
    return status;
}

bool plan_start(struct plan *plan, struct problems *problems)
{
    bool fine = true;

    CHECK_MAGIC(plan, PLAN_MAGIC);
    for (uint32_t i = 0; i < plan->node_count && fine; i++) {
        struct inferd_self *self = plan->nodes[i].component;
        size_t errors = problems->errors;

        self->problems = problems;
        if (start_component(self) != INFERD_OK) {
            if (problems->errors == errors)
                component_fail(self, INFERD_INTERNAL, "", "does not start, and its module doesn't say why");
            fine = false;
        } else {
            self->started = true;
        }
        self->problems = NULL;
    }
    return fine;
}

void plan_destroy(struct plan *plan)
{
    if (!plan)
        return;
    CHECK_MAGIC(plan, PLAN_MAGIC);
    for (uint32_t i = plan->component_count; i-- > 0;)
        component_destroy(plan->components[i]);
    map_free(&plan->names[INFERD_TARGETS]);
    map_free(&plan->names[INFERD_SLATES]);
    plan->magic = 0;
    arena_free(&plan->arena);
    free(plan);
}

uint32_t plan_find_column(const struct plan *plan, unsigned space, const void *name, size_t len)
{
    uintptr_t found = (uintptr_t)map_find(&plan->names[space], name, len);

    return found ? (uint32_t)(found - 1) : INFERD_NO_COLUMN;
}
