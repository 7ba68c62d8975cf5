// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// From a reply's tensors to the columns of scores.
#ifndef PREDATOR_SCORES_H
#define PREDATOR_SCORES_H

#include "reply.h"

// Rows of the matrix that a reply's rows go to.
struct predator_place {
    uint32_t first, count;
    bool spread; // a reply of a single row is all rows'
};

// Sets the scores of all outputs. The number of rows from the first on that got all of them; or *why says what makes
// the reply useless.
uint32_t predator_scores_set(const struct predator *predator, struct inferd_step *step,
                             const struct predator_result *results, const struct predator_place *place,
                             const char **why);

#endif
