// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A compiled plan as JSON. Knows no kind: what a node reads and writes is what its component declared.
#include "explain.h"

#include <string.h>

#include "plan/policy.h"

static const char *const spaces[] = {[INFERD_TARGETS] = "targets", [INFERD_SLATES] = "slates"};

static const char *name_of(const struct plan *plan, uint32_t node)
{
    return plan->nodes[node].component->info.name;
}

// A request column's type is known when the request is there.
static json_t *type_of(const struct plan_column *column)
{
    if (column->origin == PLAN_REQUEST && !column->is_id)
        return json_null();
    return json_string(inferd_type_name(column->type));
}

static const char *origin_of(const struct plan *plan, const struct plan_column *column)
{
    if (column->is_id)
        return "ids";
    if (column->origin == PLAN_WRITTEN)
        return column->idle ? "nobody" : name_of(plan, column->writer);
    return column->origin == PLAN_CONSTANT ? "constant" : "request";
}

static json_t *reads_of(const struct plan *plan, uint32_t node)
{
    json_t *list = json_array();

    for (size_t i = 0; i < plan->read_count; i++) {
        const struct plan_read *read = &plan->reads[i];
        const struct plan_column *column = &plan->columns[read->column];

        if (read->node == node)
            json_array_append_new(list, json_pack("{s:s, s:s, s:o, s:s, s:b, s:s}", "column", column->name, "space",
                                                  spaces[column->space], "type", type_of(column), "from",
                                                  origin_of(plan, column), "optional",
                                                  (read->flags & INFERD_READ_OPTIONAL) != 0, "path", read->path));
    }
    return list;
}

static json_t *writes_of(const struct plan *plan, uint32_t node)
{
    json_t *list = json_array();

    for (uint32_t c = 0; c < plan->column_count; c++) {
        const struct plan_column *column = &plan->columns[c];

        if (column->origin == PLAN_WRITTEN && column->writer == node)
            json_array_append_new(list,
                                  json_pack("{s:s, s:s, s:o, s:s}", "column", column->name, "space",
                                            spaces[column->space], "type", type_of(column), "path", column->path));
    }
    return list;
}

static bool waits_for(const struct plan *plan, uint32_t node, uint32_t other)
{
    for (uint32_t i = 0; i < plan->nodes[other].next_count; i++)
        if (plan->nodes[other].next[i] == node)
            return true;
    return false;
}

static json_int_t stage_of(const json_t *list, uint32_t node)
{
    return json_integer_value(json_object_get(json_array_get(list, node), "stage"));
}

// The nodes come in an order in which each is behind those it waits for, and a twin behind what it shadows: it begins
// when that has ended.
static json_t *nodes_of(const struct plan *plan)
{
    json_t *list = json_array();

    for (uint32_t n = 0; n < plan->node_count; n++) {
        const struct inferd_self *self = plan->nodes[n].component;
        json_t *before = json_array();
        json_int_t stage = self->shadows ? stage_of(list, self->shadows->node) + 1 : 0;

        for (uint32_t other = 0; other < n; other++)
            if (waits_for(plan, n, other)) {
                json_int_t at = stage_of(list, other) + 1;

                stage = at > stage ? at : stage;
                json_array_append_new(before, json_string(name_of(plan, other)));
            }
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s?, s:b, s:o, s:s?, s:s?, s:I, s:o, s:o, s:o}", "name",
                            self->info.name, "kind", self->info.kind, "module", self->kind->module->info.name,
                            "version", self->kind->module->info.version, "path", self->path, "listed",
                            !self->configured ? "implicitly"
                            : self->by_name   ? "by name"
                                              : "in a list",
                            "shape", *self->info.shape ? self->info.shape : NULL, "required", self->required,
                            "policies", explain_policy(self->policy), "stands_in_for",
                            self->stands_for ? plan_policy_head(plan->nodes[n].component)->info.name : NULL, "shadows",
                            self->shadows ? self->shadows->info.name : NULL, "stage", stage, "waits_for", before,
                            "reads", reads_of(plan, n), "writes", writes_of(plan, n)));
    }
    return list;
}

// The one shape that the components are in.
static json_t *shape_of(const struct plan *plan)
{
    const char *shape = NULL;

    for (uint32_t n = 0; n < plan->node_count; n++) {
        const char *own = plan->nodes[n].component->info.shape;

        if (*own && shape && strcmp(own, shape) != 0)
            return json_string("several");
        if (*own)
            shape = own;
    }
    return shape ? json_string(shape) : json_null();
}

static json_t *unused_of(const struct plan *plan)
{
    json_t *list = json_array();

    for (uint32_t i = 0; i < plan->component_count; i++)
        if (plan->components[i]->node == PLAN_NO_NODE && !plan->components[i]->shadows)
            json_array_append_new(list, json_string(plan->components[i]->info.name));
    return list;
}

static json_t *constants_of(const struct plan *plan)
{
    json_t *list = json_array();

    for (uint32_t c = 0; c < plan->column_count; c++) {
        const struct plan_column *column = &plan->columns[c];

        if (column->origin == PLAN_CONSTANT)
            json_array_append_new(list,
                                  json_pack("{s:s, s:s%, s:s}", "column", column->name, "value",
                                            (const char *)column->value.data, column->value.len, "path", column->path));
    }
    return list;
}

static json_t *readers_of(const struct plan *plan, uint32_t column)
{
    json_t *list = json_array();

    for (size_t i = 0; i < plan->read_count; i++) {
        const char *name = name_of(plan, plan->reads[i].node);
        size_t last = json_array_size(list);

        if (plan->reads[i].column != column ||
            (last && strcmp(json_string_value(json_array_get(list, last - 1)), name) == 0))
            continue;
        json_array_append_new(list, json_string(name));
    }
    return list;
}

// Whether the reply needs it of the request.
static bool is_replied(const struct plan *plan, uint32_t column)
{
    for (uint32_t i = 0; i < plan->reply.all_count; i++)
        if (plan->reply.all[i] == column)
            return true;
    return false;
}

static json_t *request_of(const struct plan *plan)
{
    json_t *list = json_array();

    for (uint32_t c = 0; c < plan->column_count; c++) {
        const struct plan_column *column = &plan->columns[c];
        json_t *readers = column->origin == PLAN_REQUEST && !column->is_id ? readers_of(plan, c) : NULL;

        if (readers && (json_array_size(readers) || is_replied(plan, c)))
            json_array_append_new(list, json_pack("{s:s, s:s, s:O, s:b}", "column", column->name, "space",
                                                  spaces[column->space], "readers", readers, "optional",
                                                  column->optional && json_array_size(readers)));
        json_decref(readers);
    }
    return json_pack("{s:s, s:o}", "ids", plan->columns[plan->id_column].name, "columns", list);
}

static json_t *table_of(const struct plan *plan, const uint32_t *columns, uint32_t count, const char *const *names)
{
    json_t *list = json_array();

    for (uint32_t i = 0; i < count; i++) {
        const struct plan_column *column = columns[i] == INFERD_NO_COLUMN ? NULL : &plan->columns[columns[i]];

        json_array_append_new(list, json_pack("{s:s, s:o, s:s?}", "column",
                                              names    ? names[i]
                                              : column ? column->name
                                                       : "",
                                              "type", column ? type_of(column) : json_null(), "from",
                                              column ? origin_of(plan, column) : NULL));
    }
    return list;
}

static json_t *reply_of(const struct plan *plan)
{
    const struct plan_reply *reply = &plan->reply;
    json_t *schema = json_array();

    for (uint32_t i = 0; reply->schema_percent && i < reply->full_count; i++)
        json_array_append_new(schema, json_string(reply->full_names[i]));
    return json_pack("{s:o, s:o, s:I, s:o}", "targets", table_of(plan, reply->all, reply->all_count, reply->all_names),
                     "slates", table_of(plan, reply->slates, reply->slate_count, NULL), "schema_percent",
                     (json_int_t)reply->schema_percent, "schema", schema);
}

void explain_plan(const struct plan *plan, json_t *explained)
{
    json_object_set_new(explained, "compat", json_boolean(plan->compat));
    json_object_set_new(explained, "inline_values", json_string(plan->inline_text ? "text" : "typed"));
    json_object_set_new(explained, "dependency",
                        json_pack("{s:s, s:s, s:s}", "reading", plan->dependency_reading, "told_by",
                                  plan->dependency_asked ? "config" : "root", "root", name_of(plan, plan->root)));
    json_object_set_new(explained, "shape", shape_of(plan));
    json_object_set_new(explained, "nodes", nodes_of(plan));
    json_object_set_new(explained, "unused", unused_of(plan));
    json_object_set_new(explained, "constants", constants_of(plan));
    json_object_set_new(explained, "request", request_of(plan));
    json_object_set_new(explained, "reply", reply_of(plan));
}
