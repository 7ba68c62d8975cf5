// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Predictions of tree models, in XGBoost's order and with its float32 roundings: a row's sum begins with the base and
// takes each tree's leaf in turn.
#include "xgboost.h"

#include <math.h>
#include <string.h>

static float find_leaf(const struct xgboost_tree *tree, const float *features)
{
    const struct xgboost_node *node = tree->nodes;

    while (node->left != 0) {
        float value = features[node->feature];
        bool left = isnan(value) ? node->missing_left : value < node->value;

        node = tree->nodes + (left ? node->left : node->right);
    }
    return node->value;
}

void xgboost_predict(const struct xgboost_model *model, const float *features, float *sums)
{
    memcpy(sums, model->base, model->n_groups * sizeof *sums);
    for (size_t i = 0; i < model->n_trees; i++)
        sums[model->trees[i].group] += find_leaf(&model->trees[i], features);
    model->transform(sums, model->n_groups);
}
