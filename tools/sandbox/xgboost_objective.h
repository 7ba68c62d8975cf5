// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// XGBoost's objectives, as far as predictions depend on them.
#ifndef SANDBOX_XGBOOST_OBJECTIVE_H
#define SANDBOX_XGBOOST_OBJECTIVE_H

#include <stddef.h>

struct xgboost_objective {
    const char *name;
    void (*transform)(float *sums, size_t n_groups); // from the trees' sums to a prediction, in place
    float (*base)(float base_score);                 // from the model's base score to the sums' beginning
};

// The objective of a name, or NULL.
const struct xgboost_objective *xgboost_objective_of(const char *name);

// The names, for messages: "reg:squarederror, …".
const char *xgboost_objectives(void);

#endif
