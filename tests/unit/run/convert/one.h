// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A column of one row with a fallback of one row: what conversions are tried on, one value at a time.
#ifndef TESTS_CONVERT_ONE_H
#define TESTS_CONVERT_ONE_H

#include <stdbool.h>
#include <stdint.h>
#include "run/convert/convert.h"

struct one {
    struct inferd_column column, fallback;
    struct inferd_bytes cell, fallback_cell;
    uint64_t valid, fallback_valid;
    uint8_t data[8];
};

// Values stay where they are.
static inline void fill(struct one *one, unsigned type, bool is_inline, struct inferd_bytes value,
                        struct inferd_bytes text)
{
    *one = (struct one){0};
    one->fallback = (struct inferd_column){
        .size = sizeof(one->fallback),
        .type = INFERD_TYPE_STRING,
        .flags = INFERD_COLUMN_PRESENT | INFERD_COLUMN_INLINE,
        .rows = 1,
        .cells = &one->fallback_cell,
        .valid = &one->fallback_valid,
    };
    one->column = (struct inferd_column){
        .size = sizeof(one->column),
        .type = (uint16_t)type,
        .flags = (uint16_t)(INFERD_COLUMN_PRESENT | (is_inline ? INFERD_COLUMN_INLINE : 0)),
        .rows = 1,
        .value_size = inferd_type_size(type),
        .valid = &one->valid,
        .fallback = text.len ? &one->fallback : NULL,
    };
    if (one->column.value_size)
        one->column.data = one->data;
    else
        one->column.cells = &one->cell;
    inferd_column_set(&one->column, 0, value);
    inferd_column_set(&one->fallback, 0, text);
}

#endif
