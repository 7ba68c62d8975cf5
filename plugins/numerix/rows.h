// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The rows of an expression: an id and one FP32 for each operand.
#ifndef NUMERIX_ROWS_H
#define NUMERIX_ROWS_H

#include "numerix.h"

// Rows of the matrix.
struct numerix_view {
    const uint32_t *rows; // NULL: the targets 0 to count
    uint32_t count;
    uint32_t slate; // whose targets they are; of no meaning when rows is NULL
};

struct numerix_rows {
    uint32_t count;
    struct inferd_bytes *ids;
    uint8_t *values; // operand by operand, count * 4 bytes each
};

// False: no memory.
bool numerix_rows_make(struct numerix_rows *rows, const struct numerix *numerix, struct inferd_step *step,
                       struct numerix_view view);

#endif
