// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Reads even rows of replies, where a tag and a length of a byte each stand before a value. Which rows have values is
// noted once for all columns and written at the end.
#include "even.h"

#include <inferd/wire.h>

#define COLUMN INFERD_WIRE_TAG(2, INFERD_WIRE_BYTES)
#define REPLY_HEAD 2

_Static_assert(COLUMN < 0x80, "its tag has one byte");

static bool make_columns(struct feature_even *even, const struct feature *feature, struct inferd_step *step,
                         const struct feature_schemas *schemas, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t label = schemas ? schemas->wanted[i].label : i;
        const struct inferd_column *column = step->columns[feature->labels[label].column];

        if ((schemas && schemas->wanted[i].index != i) || column->value_size == 0 || column->value_size >= 0x80)
            return false;
        even->data[i] = column->data;
        even->valid[i] = column->valid;
        even->sizes[i] = (uint8_t)column->value_size;
        even->row_bytes += (schemas ? REPLY_HEAD : 0) + column->value_size;
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
    uint32_t count = schemas ? schemas->count : feature->label_count;
    size_t words = ((size_t)step->rows[INFERD_TARGETS] + 63) / 64;

    *even = (struct feature_even){.first = UINT32_MAX};
    if (count == 0)
        return;
    even->sizes = host->alloc(step, count);
    even->data = host->alloc(step, count * sizeof(*even->data));
    even->valid = host->alloc(step, count * sizeof(*even->valid));
    even->full = host->alloc(step, words * sizeof(*even->full));
    if (!even->sizes || !even->data || !even->valid || !even->full ||
        !make_columns(even, feature, step, schemas, count))
        return;
    memset(even->full, 0, words * sizeof(*even->full));
    even->count = count;
}

// What stands before a value of a reply.
static inline uint16_t head_of(uint32_t size)
{
    const uint8_t bytes[REPLY_HEAD] = {COLUMN, (uint8_t)size};
    uint16_t head;

    memcpy(&head, bytes, sizeof(head));
    return head;
}

static inline bool has_heads(const uint8_t *at, size_t count, uint32_t size)
{
    const uint16_t expected = head_of(size);
    uint16_t found, wrong = 0;

#pragma GCC unroll 8
    for (size_t i = 0; i < count; i++) {
        memcpy(&found, at + i * (REPLY_HEAD + size), sizeof(found));
        wrong |= found ^ expected;
    }
    return !wrong;
}

// The same for values of four bytes, where two heads lie within eight.
static inline bool has_heads_of_fours(const uint8_t *at, size_t count)
{
    const uint8_t bytes[8] = {COLUMN, 4, 0, 0, 0, 0, COLUMN, 4};
    const uint8_t kept[8] = {0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff};
    const uint64_t expected = inferd_bytes_load64(bytes), mask = inferd_bytes_load64(kept);
    uint64_t wrong = 0;

#pragma GCC unroll 4
    for (size_t i = 0; i < count / 2; i++)
        wrong |= inferd_bytes_load64(at + i * 12) ^ expected;
    return !(wrong & mask) && (count % 2 == 0 || has_heads(at + (count - 1) * 6, 1, 4));
}

// Checks and copies a row. Inlined for each size, so that a value costs two loads and a store.
static inline bool read_row(const struct feature_even *even, const uint8_t *at, size_t row, uint32_t size)
{
    uint8_t *const *data = even->data;
    const size_t count = even->count; // a store may change anything, as far as the compiler knows
    const size_t offset = row * size;

    if (size == 4 ? !has_heads_of_fours(at, count) : !has_heads(at, count, size))
        return false;
#pragma GCC unroll 4
    for (size_t i = 0; i < count; i++)
        memcpy(data[i] + offset, at + i * (REPLY_HEAD + size) + REPLY_HEAD, size);
    return true;
}

static bool read_mixed_row(const struct feature_even *even, const uint8_t *values, size_t row)
{
    const uint8_t *at = values;

    for (uint32_t i = 0; i < even->count; at += REPLY_HEAD + even->sizes[i++])
        if (!has_heads(at, 1, even->sizes[i]))
            return false;
    at = values;
    for (uint32_t i = 0; i < even->count; at += REPLY_HEAD + even->sizes[i++])
        memcpy(even->data[i] + row * even->sizes[i], at + REPLY_HEAD, even->sizes[i]);
    return true;
}

static bool read_values(const struct feature_even *even, const uint8_t *at, uint32_t row)
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

bool feature_even_read(struct feature_even *even, struct inferd_bytes values, uint32_t row)
{
    if (even->count == 0 || values.len != even->row_bytes || !read_values(even, values.data, row))
        return false;
    feature_even_mark(even, row, 1);
    return true;
}

void feature_even_end(const struct feature_even *even)
{
    for (uint32_t i = 0; i < even->count; i++)
        for (uint32_t word = even->first; word <= even->last; word++)
            even->valid[i][word] |= even->full[word];
}
