// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Takes even rows that were kept, whose values lie next to each other. Most are of four bytes: those go into the
// columns in tiles of four rows and four columns.
#include <inferd/tile.h>
#include "even.h"

static void take_row(const struct feature_even *even, const uint8_t *at, size_t row)
{
    for (uint32_t i = 0; i < even->count; at += even->sizes[i++])
        inferd_bytes_put(even->data[i] + row * even->sizes[i], (struct inferd_bytes){at, even->sizes[i]});
}

// One row of values of four bytes.
static void take_one(const struct feature_even *even, const uint8_t *at, size_t row)
{
    uint8_t *const *data = even->data;
    const size_t count = even->count;

    for (size_t i = 0; i < count; i++)
        memcpy(data[i] + row * 4, at + i * 4, 4);
}

// Four rows of values of four bytes.
static void take_four(const struct feature_even *even, const struct inferd_bytes *kept, size_t row)
{
    const uint8_t *from[4] = {kept[0].data, kept[1].data, kept[2].data, kept[3].data};
    uint8_t *const *data = even->data;
    const size_t count = even->count, at = row * 4;
    size_t i = 0;

    for (; i + 4 <= count; i += 4)
        inferd_tile_turn(from, i * 4,
                         (uint8_t *const[]){data[i] + at, data[i + 1] + at, data[i + 2] + at, data[i + 3] + at});
    for (; i < count; i++)
        for (size_t r = 0; r < 4; r++)
            memcpy(data[i] + at + r * 4, from[r] + i * 4, 4);
}

void feature_even_take(struct feature_even *even, const struct inferd_bytes *kept, uint32_t count, uint32_t row)
{
    const bool fours = even->size == 4;
    uint32_t i = 0;

    for (; fours && i + 4 <= count; i += 4)
        take_four(even, kept + i, row + i);
    for (; fours && i < count; i++)
        take_one(even, kept[i].data, row + i);
    for (; i < count; i++)
        take_row(even, kept[i].data, row + i);
    feature_even_mark(even, row, count);
}
