// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Reads component_dependency into edges. Its keys list either their prerequisites or their children; which of the two
// is told by where the root stands, or said by "dependency_direction".
#include <stdlib.h>
#include <string.h>

#include "plan/builder.h"

#define WHERE "dag_execution_config.component_dependency"

enum direction { UNCLEAR, PARENTS, CHILDREN };

static struct inferd_self *root_of(struct plan_builder *builder)
{
    struct inferd_self *root = NULL;

    for (uint32_t i = 0; i < builder->plan->component_count; i++) {
        struct inferd_self *self = builder->plan->components[i];

        if (!(self->kind->kind->flags & INFERD_KIND_ROOT))
            continue;
        if (root) {
            problems_add(builder->problems, PROBLEM_GRAPH, self->path,
                         "is a second root beside \"%s\": a model has one component that shapes the matrix",
                         root->info.name);
            return NULL;
        }
        root = self;
    }
    if (!root)
        problems_add(
            builder->problems, PROBLEM_GRAPH, WHERE,
            "no loaded module offers a root kind, which makes rows of a request: put one into the module path");
    return root;
}

static enum direction direction_at(struct plan_builder *builder, const json_t *object, const char *path)
{
    const json_t *asked = json_object_get(object, "dependency_direction");
    const char *name = json_string_value(asked);

    if (name && strcmp(name, "parents") == 0)
        return PARENTS;
    if (name && strcmp(name, "children") == 0)
        return CHILDREN;
    if (asked && !json_is_null(asked))
        problems_add(
            builder->problems, PROBLEM_CONFIG, path,
            "must be \"parents\", if keys list what they wait for, or \"children\", if keys list what waits for "
            "them");
    return UNCLEAR;
}

// It may stand at the top or beside the graph.
static enum direction asked_direction(struct plan_builder *builder)
{
    static const char inner_path[] = "dag_execution_config.dependency_direction";
    const json_t *dag = json_object_get(builder->json, "dag_execution_config");
    enum direction outer = direction_at(builder, builder->json, "dependency_direction");
    enum direction inner = direction_at(builder, dag, inner_path);

    if (outer != UNCLEAR && inner != UNCLEAR && outer != inner)
        problems_add(builder->problems, PROBLEM_CONFIG, inner_path,
                     "is another than dependency_direction at the top: leave one of them out");
    return inner != UNCLEAR ? inner : outer;
}

static enum direction guess_direction(struct plan_builder *builder, json_t *graph, const char *root)
{
    bool has_children = json_array_size(json_object_get(graph, root)) > 0, is_value = false, any = false;
    const char *key;
    json_t *list, *item;
    size_t i;

    json_object_foreach(graph, key, list) json_array_foreach(list, i, item)
    {
        any = true;
        is_value |= json_is_string(item) && strcmp(json_string_value(item), root) == 0;
    }
    if (is_value != has_children)
        return is_value ? PARENTS : CHILDREN;
    if (!any)
        return PARENTS;
    problems_add(
        builder->problems, PROBLEM_CONFIG, WHERE,
        "can be read both ways, since \"%s\" %s: say \"dependency_direction\": \"parents\" if keys list what they "
        "wait for, \"children\" if keys list what waits for them",
        root, is_value ? "stands on both sides" : "stands nowhere");
    return UNCLEAR;
}

static struct inferd_self *component_at(struct plan_builder *builder, const char *name, const char *path)
{
    struct inferd_self *self = map_find(&builder->components, name, strlen(name));

    if (!self)
        problems_add(builder->problems, PROBLEM_GRAPH, path,
                     "there is no component \"%s\": configure it in component_config or take it out of the graph",
                     name);
    else
        self->in_graph = true;
    return self;
}

static uint32_t index_of(const struct plan *plan, const struct inferd_self *self)
{
    uint32_t i = 0;

    while (plan->components[i] != self)
        i++;
    return i;
}

// 'node' waits for 'before'; both are indexes of components until plan_order_nodes() makes them nodes.
static bool add_edge(struct plan_builder *builder, uint32_t node, uint32_t before)
{
    for (size_t i = 0; i < builder->edge_count; i++)
        if (builder->edges[2 * i] == node && builder->edges[2 * i + 1] == before)
            return true;
    if (builder->edge_count == builder->edge_capacity) {
        size_t capacity = builder->edge_capacity ? 2 * builder->edge_capacity : 32;
        uint32_t *grown = realloc(builder->edges, 2 * capacity * sizeof(*grown));

        if (!grown)
            return false;
        builder->edges = grown;
        builder->edge_capacity = capacity;
    }
    builder->edges[2 * builder->edge_count] = node;
    builder->edges[2 * builder->edge_count + 1] = before;
    builder->edge_count++;
    return true;
}

static void read_entry(struct plan_builder *builder, const char *key, json_t *list, enum direction direction)
{
    struct inferd_self *self;
    char path[512];
    json_t *item;
    size_t i;

    snprintf(path, sizeof(path), WHERE ".%s", key);
    self = component_at(builder, key, path);
    if (!json_is_array(list) && !json_is_null(list)) {
        problems_add(builder->problems, PROBLEM_CONFIG, path, "must be an array of component names");
        return;
    }
    json_array_foreach(list, i, item)
    {
        struct inferd_self *other;

        snprintf(path, sizeof(path), WHERE ".%s[%zu]", key, i);
        if (!json_is_string(item)) {
            problems_add(builder->problems, PROBLEM_CONFIG, path, "must be a component's name");
            continue;
        }
        other = component_at(builder, json_string_value(item), path);
        if (!self || !other)
            continue;
        if (direction == PARENTS)
            add_edge(builder, index_of(builder->plan, self), index_of(builder->plan, other));
        else
            add_edge(builder, index_of(builder->plan, other), index_of(builder->plan, self));
    }
}

bool plan_read_graph(struct plan_builder *builder)
{
    json_t *graph = json_object_get(json_object_get(builder->json, "dag_execution_config"), "component_dependency");
    struct inferd_self *root = root_of(builder);
    enum direction direction;
    const char *key;
    json_t *list;

    if (!root)
        return false;
    if (json_object_size(graph) == 0) {
        problems_add(builder->problems, PROBLEM_CONFIG, WHERE,
                     "%s: it says which component waits for which, as {\"<component>\": [\"%s\"]}",
                     graph ? "must be an object with at least one component" : "is missing", root->info.name);
        return false;
    }
    direction = asked_direction(builder);
    builder->plan->dependency_asked = direction != UNCLEAR;
    if (direction == UNCLEAR)
        direction = guess_direction(builder, graph, root->info.name);
    if (direction == UNCLEAR)
        return false;
    builder->plan->dependency_reading = direction == PARENTS ? "parents" : "children";
    json_object_foreach(graph, key, list) read_entry(builder, key, list, direction);
    root->in_graph = true;
    builder->plan->root = index_of(builder->plan, root);
    return true;
}
