// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Columns as a row-major table: what a model server wants. Where four columns next to each other have numbers of four
// bytes that need no conversion, which is what most features are, tiles of four rows of them are turned over in
// registers. All else is converted by the column.
#include <inferd/tile.h>
#include "run/convert/convert.h"

#define BLOCK_BYTES 16384 // of the table, that stay in the cache until all columns are in them

static void turn(const struct inferd_column *const columns[4], uint32_t first, uint32_t count, uint8_t *out,
                 size_t stride)
{
    const uint8_t *from[4];
    uint32_t r = 0;

    for (size_t i = 0; i < 4; i++)
        from[i] = columns[i]->data + (size_t)first * 4;
    for (; r + 4 <= count; r += 4, out += 4 * stride)
        inferd_tile_turn(from, (size_t)r * 4,
                         (uint8_t *const[]){out, out + stride, out + 2 * stride, out + 3 * stride});
    for (; r < count; r++, out += stride)
        for (size_t i = 0; i < 4; i++)
            memcpy(out + i * 4, from[i] + (size_t)r * 4, 4);
}

static bool can_turn(const struct inferd_column *const *columns, unsigned to)
{
    for (size_t i = 0; i < 4; i++)
        if (columns[i]->type != to || columns[i]->value_size != 4 || columns[i]->fallback)
            return false;
    return true;
}

static void convert_block(const struct inferd_convert_table *table, uint32_t first, uint32_t count, uint8_t *out)
{
    const bool as_they_are = !table->rows && !(table->flags & INFERD_CONVERT_ALWAYS);
    const size_t size = inferd_type_size(table->to);
    uint32_t i = 0;

    while (i < table->width) {
        const struct inferd_column *const *columns = table->columns + i;
        uint32_t *missing = table->missing + i;

        if (as_they_are && table->width - i >= 4 && can_turn(columns, table->to)) {
            turn(columns, first, count, out + i * size, table->stride);
            for (size_t c = 0; c < 4; c++)
                missing[c] += convert_count_missing(columns[c], first, count);
            i += 4;
        } else {
            *missing += convert_scalars(*columns, table->rows, first, count, table->to, table->flags, out + i * size,
                                        table->stride);
            i++;
        }
    }
}

void convert_table(const struct inferd_convert_table *table)
{
    uint32_t block = table->stride < BLOCK_BYTES / 16 ? (uint32_t)(BLOCK_BYTES / table->stride) : 16;

    memset(table->missing, 0, table->width * sizeof(*table->missing));
    for (uint32_t done = 0; done < table->count; done += block) {
        uint32_t left = table->count - done;

        convert_block(table, table->first + done, left < block ? left : block,
                      (uint8_t *)table->out + done * table->stride);
    }
}
