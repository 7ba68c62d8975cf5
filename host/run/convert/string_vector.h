// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A string vector: n two-byte lengths, then the bytes. Nothing says how many there are, but only one n can be right:
// with each more, what the vector takes grows.
#ifndef RUN_CONVERT_STRING_VECTOR_H
#define RUN_CONVERT_STRING_VECTOR_H

#include <stdbool.h>
#include <inferd/bytes.h>

struct string_vector {
    size_t count;           // of all its strings
    const uint8_t *lengths; // of the next one
    const uint8_t *at;      // the next one
};

static inline size_t string_vector_length(const uint8_t *at)
{
    return at[0] | (size_t)at[1] << 8;
}

// False where the bytes are none.
static inline bool string_vector_open(struct string_vector *strings, struct inferd_bytes value)
{
    size_t count = 0, total = 0;

    while (total < value.len && 2 * count + 2 <= value.len)
        total += 2 + string_vector_length(value.data + 2 * count++);
    *strings = (struct string_vector){count, value.data, count ? value.data + 2 * count : value.data};
    return count && total == value.len;
}

// To be called 'count' times at most.
static inline struct inferd_bytes string_vector_next(struct string_vector *strings)
{
    struct inferd_bytes string = {strings->at, string_vector_length(strings->lengths)};

    strings->at += string.len;
    strings->lengths += 2;
    return string;
}

#endif
