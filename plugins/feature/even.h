// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Even rows: what the store usually sends of numbers, and what is kept of them. A row's values are just those wanted,
// in their order, each of a known size; so a row is checked, and then copied, at known places.
#ifndef FEATURE_EVEN_H
#define FEATURE_EVEN_H

#include "run.h"
#include "schema.h"

struct feature_even {
    uint32_t count;   // of columns; 0: rows aren't even
    uint32_t head;    // bytes before each value: of a reply its tag and length, of what is kept none
    uint32_t size;    // of each value, or 0: sizes differ
    size_t row_bytes; // of a row's values with their heads
    uint8_t *sizes;
    uint8_t **data;       // of each column
    uint64_t **valid;     // likewise
    uint64_t *full;       // a bit for each of the matrix's rows that was read here
    uint32_t first, last; // words of 'full' that are not empty; none while first > last
};

// For rows of a reply with these schemas, or (NULL) for kept ones. In the run's memory; where there is none, no row is
// read here.
void feature_even_make(struct feature_even *even, const struct feature *feature, struct inferd_step *step,
                       const struct feature_schemas *schemas);
// Reads a row's values, of a reply the rest of its message, into a row of the matrix. False where they aren't even:
// nothing is read then.
bool feature_even_read(struct feature_even *even, struct inferd_bytes values, uint32_t row);
// Says which rows have values. Must follow the last row.
void feature_even_end(const struct feature_even *even);

#endif
