// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Reads even rows. Which rows have values is noted once for all columns and written at the end.
#include "even.h"

#include <inferd/wire.h>

#define COLUMN INFERD_WIRE_TAG(2, INFERD_WIRE_BYTES)
#define REPLY_HEAD 2
#define KEPT_HEAD 0

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
        even->row_bytes += even->head + column->value_size;
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

    *even = (struct feature_even){.head = schemas ? REPLY_HEAD : KEPT_HEAD, .first = UINT32_MAX};
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

// Checks and copies a row. Inlined for each size and head, so that a value costs two loads and a store.
static inline bool read_row(const struct feature_even *even, const uint8_t *at, size_t row, uint32_t size, size_t head)
{
    uint8_t *const *data = even->data;
    const size_t count = even->count; // a store may change anything, as far as the compiler knows
    const size_t offset = row * size;

    if (head && !has_heads(at, count, size))
        return false;
#pragma GCC unroll 4
    for (size_t i = 0; i < count; i++)
        memcpy(data[i] + offset, at + i * (head + size) + head, size);
    return true;
}

static bool read_mixed_row(const struct feature_even *even, const uint8_t *values, size_t row)
{
    const uint8_t *at = values;

    for (uint32_t i = 0; i < even->count && even->head; at += even->head + even->sizes[i++])
        if (!has_heads(at, 1, even->sizes[i]))
            return false;
    at = values;
    for (uint32_t i = 0; i < even->count; at += even->head + even->sizes[i++])
        memcpy(even->data[i] + row * even->sizes[i], at + even->head, even->sizes[i]);
    return true;
}

static bool read_values(const struct feature_even *even, const uint8_t *at, uint32_t row)
{
    bool kept = even->head == KEPT_HEAD;

    switch (even->size) {
    case 1:
        return kept ? read_row(even, at, row, 1, KEPT_HEAD) : read_row(even, at, row, 1, REPLY_HEAD);
    case 2:
        return kept ? read_row(even, at, row, 2, KEPT_HEAD) : read_row(even, at, row, 2, REPLY_HEAD);
    case 4:
        return kept ? read_row(even, at, row, 4, KEPT_HEAD) : read_row(even, at, row, 4, REPLY_HEAD);
    case 8:
        return kept ? read_row(even, at, row, 8, KEPT_HEAD) : read_row(even, at, row, 8, REPLY_HEAD);
    default:
        return read_mixed_row(even, at, row);
    }
}

bool feature_even_read(struct feature_even *even, struct inferd_bytes values, uint32_t row)
{
    uint32_t word = row >> 6;

    if (even->count == 0 || values.len != even->row_bytes || !read_values(even, values.data, row))
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
