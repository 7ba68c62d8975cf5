// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Reading XGBoost's JSON model files. Everything that predicting relies on is checked here: children exist and form a
// tree, features are ones the model has, groups are ones it sums.
#include "xgboost.h"

#include "file.h"
#include "xgboost_objective.h"

#include <jansson.h>
#include <string.h>

struct loader {
    struct xgboost_model *model;
    struct arena *arena;
    struct text *problems;
};

static bool complain(struct loader *loader, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool complain(struct loader *loader, const char *format, ...)
{
    va_list args;

    text_printf(loader->problems, "%s: ", loader->model->file);
    va_start(args, format);
    text_vprintf(loader->problems, format, args);
    va_end(args);
    text_add(loader->problems, "\n");
    return false;
}

// The value at a path of member names, such as "learner/objective"; NULL where there is none.
static json_t *find(json_t *value, const char *path)
{
    char name[64];

    while (value && *path) {
        size_t len = strcspn(path, "/");

        snprintf(name, sizeof name, "%.*s", (int)len, path);
        value = json_object_get(value, name);
        path += len + (path[len] == '/');
    }
    return value;
}

// XGBoost writes its parameters as strings.
static double parameter(json_t *root, const char *path)
{
    const char *text = json_string_value(find(root, path));

    return text ? strtod(text, NULL) : 0;
}

// The i-th number of a node array; booleans and integers count as numbers.
static double at(json_t *tree, const char *name, size_t i)
{
    json_t *value = json_array_get(json_object_get(tree, name), i);

    return json_is_true(value) ? 1 : json_number_value(value);
}

static bool claim_child(json_t *tree, const char *side, size_t i, size_t n_nodes, bool *claimed, uint32_t *child)
{
    double index = at(tree, side, i);

    if (!(index >= 1 && index < (double)n_nodes) || claimed[(size_t)index])
        return false;
    *child = (uint32_t)index;
    claimed[*child] = true;
    return true;
}

static bool read_node(struct loader *loader, json_t *tree, size_t i, size_t n_nodes, bool *claimed,
                      struct xgboost_node *node)
{
    double feature = at(tree, "split_indices", i);

    node->value = (float)at(tree, "split_conditions", i);
    if (at(tree, "left_children", i) < 0)
        return true;
    if (at(tree, "split_type", i) != 0)
        return complain(loader, "node %zu splits by category; only numeric splits are evaluated here", i);
    if (!(feature >= 0 && feature < (double)loader->model->n_features))
        return complain(loader, "node %zu splits by feature %g of %zu", i, feature, loader->model->n_features);
    node->feature = (uint32_t)feature;
    node->missing_left = at(tree, "default_left", i) != 0;
    if (!claim_child(tree, "left_children", i, n_nodes, claimed, &node->left) ||
        !claim_child(tree, "right_children", i, n_nodes, claimed, &node->right))
        return complain(loader, "node %zu has a child that doesn't exist or has another parent", i);
    return true;
}

static bool read_tree(struct loader *loader, json_t *json, double group, struct xgboost_tree *tree)
{
    size_t n_nodes = json_array_size(json_object_get(json, "left_children"));
    struct xgboost_node *nodes = arena_zalloc(loader->arena, (n_nodes + 1) * sizeof *nodes);
    bool *claimed = arena_zalloc(loader->arena, n_nodes + 1), good = true;

    if (!nodes || !claimed)
        return complain(loader, "no memory for a tree of %zu nodes", n_nodes);
    if (n_nodes == 0 || json_array_size(json_object_get(json, "split_conditions")) != n_nodes ||
        json_array_size(json_object_get(json, "right_children")) != n_nodes ||
        json_array_size(json_object_get(json, "split_indices")) != n_nodes)
        return complain(loader, "a tree's arrays of nodes are missing or differ in length");
    if (!(group >= 0 && group < (double)loader->model->n_groups))
        return complain(loader, "a tree adds to output %g of %zu", group, loader->model->n_groups);
    if (parameter(json, "tree_param/size_leaf_vector") > 1)
        return complain(loader, "trees with vectors in their leaves are not evaluated here");
    for (size_t i = 0; i < n_nodes && good; i++)
        good = read_node(loader, json, i, n_nodes, claimed, &nodes[i]);
    *tree = (struct xgboost_tree){nodes, n_nodes, (size_t)group};
    return good;
}

static bool read_trees(struct loader *loader, json_t *booster)
{
    json_t *list = find(booster, "model/trees"), *groups = find(booster, "model/tree_info");
    size_t n = json_array_size(list);
    struct xgboost_tree *trees = arena_zalloc(loader->arena, (n + 1) * sizeof *trees);
    bool good = true;

    if (!trees)
        return complain(loader, "no memory for %zu trees", n);
    if (!json_is_array(list) || json_array_size(groups) != n)
        return complain(loader, "no trees: learner.gradient_booster.model.trees or tree_info is missing");
    for (size_t i = 0; i < n && good; i++)
        good = read_tree(loader, json_array_get(list, i), json_number_value(json_array_get(groups, i)), &trees[i]);
    loader->model->trees = trees;
    loader->model->n_trees = n;
    return good;
}

// The base score is a number, or, since XGBoost 3, a list "[a,b]" of one for all sums or one for each.
static bool read_base(struct loader *loader, json_t *root, const struct xgboost_objective *objective)
{
    struct xgboost_model *model = loader->model;
    const char *text = json_string_value(find(root, "learner/learner_model_param/base_score"));
    size_t n = 0;

    model->base = arena_zalloc(loader->arena, model->n_groups * sizeof *model->base);
    if (!model->base)
        return complain(loader, "no memory for %zu outputs", model->n_groups);
    for (char *end; text && n < model->n_groups; text = *end == ',' ? end : NULL) {
        text += strspn(text, "[, ");
        model->base[n++] = objective->base(strtof(text, &end));
    }
    if (n == 0 || (n > 1 && n != model->n_groups))
        return complain(loader, "%zu base scores for %zu outputs", n, model->n_groups);
    for (size_t i = 1; i < model->n_groups && n == 1; i++)
        model->base[i] = model->base[0];
    return true;
}

static double largest(double a, double b)
{
    return a > b ? a : b;
}

static bool read_model(struct loader *loader, json_t *root)
{
    struct xgboost_model *model = loader->model;
    const char *name = json_string_value(find(root, "learner/objective/name"));
    const char *booster = json_string_value(find(root, "learner/gradient_booster/name"));
    const struct xgboost_objective *objective = name ? xgboost_objective_of(name) : NULL;
    double groups = largest(1, largest(parameter(root, "learner/learner_model_param/num_class"),
                                       parameter(root, "learner/learner_model_param/num_target")));
    double features = parameter(root, "learner/learner_model_param/num_feature");

    if (!name || !booster)
        return complain(loader, "no XGBoost model: save it with Booster.save_model(\"NAME.json\")");
    if (strcmp(booster, "gbtree") != 0)
        return complain(loader, "booster '%s' is not evaluated here; train with booster=gbtree", booster);
    if (!objective)
        return complain(loader, "objective '%s' is not evaluated here; these are: %s", name, xgboost_objectives());
    if (!(features >= 1 && features <= 1000000) || !(groups <= 100000))
        return complain(loader, "%g features and %g outputs: out of bounds", features, groups);
    model->objective = objective->name;
    model->transform = objective->transform;
    model->n_features = (size_t)features;
    model->n_groups = (size_t)groups;
    model->n_outputs = strcmp(name, "multi:softmax") == 0 ? 1 : model->n_groups;
    return read_base(loader, root, objective) && read_trees(loader, find(root, "learner/gradient_booster"));
}

struct xgboost_model *xgboost_load(const char *path, const char *name, struct arena *arena, struct text *problems)
{
    struct xgboost_model *model = arena_zalloc(arena, sizeof *model);
    struct loader loader = {model, arena, problems};
    json_error_t error;
    bool good = false;
    json_t *root;
    size_t len;
    char *text;

    if (!model) {
        text_printf(problems, "%s: no memory\n", path);
        return NULL;
    }
    model->name = name;
    model->file = path;
    text = file_read(path, arena, &len, problems);
    if (!text)
        return NULL;
    root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
    if (root)
        good = read_model(&loader, root);
    else
        complain(&loader, "line %d: no JSON: %s", error.line, error.text);
    json_decref(root);
    return good ? model : NULL;
}
