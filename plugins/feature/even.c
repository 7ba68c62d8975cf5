// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Reads even rows. Which rows have values is noted once for all columns and written at the end.
#include "even.h"

#include <inferd/wire.h>

#define COLUMN INFERD_WIRE_TAG(2, INFERD_WIRE_BYTES)
#define HEAD 2 // bytes before a value: its tag and its length

_Static_assert(COLUMN < 0x80, "its tag has one byte");

static bool make_columns(struct feature_even *even, const struct feature *feature, struct inferd_step *step,
                         const struct feature_schemas *schemas)
{
    for (uint32_t i = 0; i < schemas->count; i++) {
        const struct inferd_column *column = step->columns[feature->labels[schemas->wanted[i].label].column];

        if (schemas->wanted[i].index != i || column->value_size == 0 || column->value_size >= 0x80)
            return false;
        even->data[i] = column->data;
        even->valid[i] = column->valid;
        even->sizes[i] = (uint8_t)column->value_size;
        even->row_bytes += HEAD + column->value_size;
        if (i == 0)
            even->size = column->value_size;
        else if (even->size != column->value_size)
            even->size = 0;
    }
    return true;
}

void feature_even_make(struct feature_even *even, const struct feature *feature, struct inferd_step *step,
                       const struct feature_schemas *schemas)
{
    const struct inferd_host *host = feature->host;
    size_t words = ((size_t)step->rows[INFERD_TARGETS] + 63) / 64, count = schemas->count;

    *even = (struct feature_even){.first = UINT32_MAX};
    if (count == 0)
        return;
    even->sizes = host->alloc(step, count);
    even->data = host->alloc(step, count * sizeof(*even->data));
    even->valid = host->alloc(step, count * sizeof(*even->valid));
    even->full = host->alloc(step, words * sizeof(*even->full));
    if (!even->sizes || !even->data || !even->valid || !even->full || !make_columns(even, feature, step, schemas))
        return;
    memset(even->full, 0, words * sizeof(*even->full));
    even->count = schemas->count;
}

// Checks and copies a row. Inlined for each size, so that a value costs two loads and a store.
static inline bool read_row(const struct feature_even *even, const uint8_t *at, size_t row, size_t size)
{
    const uint8_t head[HEAD] = {COLUMN, (uint8_t)size};
    uint8_t *const *data = even->data;
    const uint32_t count = even->count; // a store may change anything, as far as the compiler knows
    const size_t offset = row * size;
    uint16_t expected, found, wrong = 0;

    memcpy(&expected, head, HEAD);
#pragma GCC unroll 8
    for (size_t i = 0; i < count; i++) {
        memcpy(&found, at + i * (HEAD + size), HEAD);
        wrong |= found ^ expected;
    }
    if (wrong)
        return false;
#pragma GCC unroll 4
    for (size_t i = 0; i < count; i++)
        memcpy(data[i] + offset, at + i * (HEAD + size) + HEAD, size);
    return true;
}

static bool read_mixed_row(const struct feature_even *even, const uint8_t *columns, size_t row)
{
    const uint8_t *at = columns;

    for (uint32_t i = 0; i < even->count; at += HEAD + even->sizes[i++])
        if (at[0] != COLUMN || at[1] != even->sizes[i])
            return false;
    at = columns;
    for (uint32_t i = 0; i < even->count; at += HEAD + even->sizes[i++])
        memcpy(even->data[i] + row * even->sizes[i], at + HEAD, even->sizes[i]);
    return true;
}

static bool read_columns(const struct feature_even *even, const uint8_t *at, uint32_t row)
{
    switch (even->size) {
    case 1:
        return read_row(even, at, row, 1);
    case 2:
        return read_row(even, at, row, 2);
    case 4:
        return read_row(even, at, row, 4);
    case 8:
        return read_row(even, at, row, 8);
    default:
        return read_mixed_row(even, at, row);
    }
}

bool feature_even_read(struct feature_even *even, struct inferd_bytes columns, uint32_t row)
{
    uint32_t word = row >> 6;

    if (even->count == 0 || columns.len != even->row_bytes || !read_columns(even, columns.data, row))
        return false;
    even->full[word] |= UINT64_C(1) << (row & 63);
    if (even->first > word)
        even->first = word;
    if (even->last < word)
        even->last = word;
    return true;
}

void feature_even_end(const struct feature_even *even)
{
    for (uint32_t i = 0; i < even->count; i++)
        for (uint32_t word = even->first; word <= even->last; word++)
            even->valid[i][word] |= even->full[word];
}
