// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The rows of an expression: an id and a number for each operand.
#ifndef NUMERIX_ROWS_H
#define NUMERIX_ROWS_H

#include "numerix.h"

// Rows of the matrix.
struct numerix_view {
    const uint32_t *rows; // NULL: the targets 0 to count
    uint32_t count;
    uint32_t slate;         // whose targets they are; of no meaning when rows is NULL
    const uint32_t *slates; // instead: the slate of each row
};

struct numerix_rows {
    uint32_t count;
    struct inferd_bytes *ids;
    uint8_t *values; // operand by operand, count numbers each
};

// False: no memory.
bool numerix_rows_make(struct numerix_rows *rows, const struct numerix *numerix, struct inferd_step *step,
                       struct numerix_view view);
// An operand's numbers, for one row behind the other; counts what a default stood in for. They are the column's own
// where it has them as they are wanted, else made in memory of the run. NULL: there is none.
const uint8_t *numerix_operand_values(const struct numerix *numerix, struct inferd_step *step,
                                      const struct numerix_view *view, uint32_t number);

#endif
