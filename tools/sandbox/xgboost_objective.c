// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The objectives' arithmetic, in float32 as XGBoost does it.
#include "xgboost_objective.h"

#include <math.h>
#include <string.h>

static void identity(float *sums, size_t n)
{
    (void)sums;
    (void)n;
}

static void sigmoid(float *sums, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sums[i] = 1.0f / (expf(fminf(-sums[i], 88.7f)) + 1.0f); // beyond 88.7 the power would be infinite
}

static void step(float *sums, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sums[i] = sums[i] > 0;
}

static void exponential(float *sums, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sums[i] = expf(sums[i]);
}

static size_t find_largest(const float *sums, size_t n)
{
    size_t best = 0;

    for (size_t i = 1; i < n; i++)
        if (sums[i] > sums[best])
            best = i;
    return best;
}

static void softmax(float *sums, size_t n)
{
    float largest = sums[find_largest(sums, n)];
    double total = 0; // XGBoost sums in double here

    for (size_t i = 0; i < n; i++) {
        sums[i] = expf(sums[i] - largest);
        total += sums[i];
    }
    for (size_t i = 0; i < n; i++)
        sums[i] /= (float)total;
}

static void largest(float *sums, size_t n)
{
    sums[0] = (float)find_largest(sums, n);
}

static float same(float base_score)
{
    return base_score;
}

static float logit(float base_score)
{
    return -logf(1.0f / base_score - 1.0f);
}

static float logarithm(float base_score)
{
    return logf(base_score);
}

static const struct xgboost_objective objectives[] = {
#define OBJECTIVE(name, prediction, base) {name, prediction, base},
#include "objectives.tbl"
};

const struct xgboost_objective *xgboost_objective_of(const char *name)
{
    for (size_t i = 0; i < sizeof objectives / sizeof *objectives; i++)
        if (strcmp(objectives[i].name, name) == 0)
            return &objectives[i];
    return NULL;
}

const char *xgboost_objectives(void)
{
    static const char names[] =
#define OBJECTIVE(name, prediction, base) name " "
#include "objectives.tbl"
        ;

    return names;
}
