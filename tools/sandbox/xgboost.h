// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Tree models that XGBoost has written as JSON (Booster.save_model("….json")), read and evaluated with XGBoost's own
// float32 arithmetic, so that predictions are the same. Knows nothing of servers and requests.
//
// Taken: booster gbtree, numeric splits, missing values as NaN, and the objectives of objectives.tbl. What XGBoost
// would predict differently is refused when reading: other boosters, categorical splits, vector leaves.
#ifndef SANDBOX_XGBOOST_H
#define SANDBOX_XGBOOST_H

#include "base/arena.h"
#include "base/text.h"

#include <stdbool.h>

struct xgboost_node {
    float value;       // a split's threshold, or a leaf's value
    uint32_t feature;  // of a split
    uint32_t left;     // the left child, or 0 for a leaf
    uint32_t right;    // the right child
    bool missing_left; // where a missing value goes
};

struct xgboost_tree {
    const struct xgboost_node *nodes;
    size_t n_nodes;
    size_t group; // the output it adds to
};

struct xgboost_model {
    const char *name, *file, *objective;
    size_t n_features;
    size_t n_outputs;                                // values in a prediction
    size_t n_groups;                                 // sums the trees add to: n_outputs, but for multi:softmax
    float *base;                                     // what each sum begins with
    void (*transform)(float *sums, size_t n_groups); // from sums to a prediction, in place
    const struct xgboost_tree *trees;
    size_t n_trees;
};

// Reads a model; NULL after adding lines to problems. It lies in the arena.
struct xgboost_model *xgboost_load(const char *path, const char *name, struct arena *arena, struct text *problems);

// Predicts one row: model->n_outputs values out of model->n_features, of which missing ones are NaN. sums has room for
// model->n_groups values; the prediction is its first n_outputs.
void xgboost_predict(const struct xgboost_model *model, const float *features, float *sums);

#endif
