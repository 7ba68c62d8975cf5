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
    uint32_t size;    // of each value, or 0: sizes differ
    size_t row_bytes; // of a row's values, in a reply with their tags and lengths
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
// Reads what follows the keys in a row of a reply into a row of the matrix. False where its values aren't even: nothing
// is read then.
bool feature_even_read(struct feature_even *even, struct inferd_bytes values, uint32_t row);
// Takes kept values into rows from 'row' on; each begins with even->row_bytes, the values of all columns.
void feature_even_take(struct feature_even *even, const struct inferd_bytes *kept, uint32_t count, uint32_t row);
// Notes that rows have values. For the two above.
static inline void feature_even_mark(struct feature_even *even, uint32_t row, uint32_t count)
{
    uint32_t last = (row + count - 1) >> 6;

    if (even->first > row >> 6)
        even->first = row >> 6;
    if (even->last < last)
        even->last = last;
    while (count) {
        uint32_t bits = 64 - (row & 63) < count ? 64 - (row & 63) : count;

        even->full[row >> 6] |= UINT64_MAX >> (64 - bits) << (row & 63);
        row += bits;
        count -= bits;
    }
}

// Says which rows have values. Must follow the last row.
void feature_even_end(const struct feature_even *even);

#endif
