// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Columns: the data of a run. A column has one type and one row for each target or each slate. Values of fixed size lie
// next to each other in data; values that vary in length are views in cells (an Arrow "view" layout: a value points
// into the request, a backend's reply or the run's arena, so nothing is copied and batches may arrive in any order). A
// bit in valid says that the row has a value; where it has none, data is zero and the cell is empty.
//
// A column is written by one component only, before any reader runs, so no locks are needed. Readers must not write.
#ifndef INFERD_COLUMN_H
#define INFERD_COLUMN_H

#include <inferd/bytes.h>
#include <inferd/types.h>

#ifdef __cplusplus
extern "C" {
#endif

enum inferd_space {
    INFERD_TARGETS = 0, // one row for each target (or id of the first entity)
    INFERD_SLATES = 1,  // one row for each slate or pair
    INFERD_SPACES = 2
};

enum inferd_column_flags {
    INFERD_COLUMN_PRESENT = 1, // a request column that the request has, or a column of a component
    INFERD_COLUMN_INLINE =
        2, // text of the request: parsed in the type that is asked for (a stored text: as FP64 first)
};

struct inferd_column {
    uint32_t size;       // of this struct; it grows at its end only
    uint16_t type;       // enum inferd_type
    uint16_t flags;      // enum inferd_column_flags
    uint32_t rows;       // rows of the column's space
    uint32_t value_size; // bytes of each value in data, or 0: values are in cells
    union {
        uint8_t *data;              // rows * value_size bytes
        struct inferd_bytes *cells; // rows views
    };
    uint64_t *valid;                      // (rows + 63) / 64 words
    const struct inferd_column *fallback; // text the request sent under the same name, or NULL
    uint64_t *empty;                      // rows whose writer gave them an empty value; NULL: there is no fallback
};

// Whether the row has a value. [any]
static inline bool inferd_column_has(const struct inferd_column *column, uint32_t row)
{
    return column->valid[row >> 6] >> (row & 63) & 1;
}

// The value's bytes, or an empty view where it is missing. Valid as long as the run. [any]
static inline struct inferd_bytes inferd_column_get(const struct inferd_column *column, uint32_t row)
{
    struct inferd_bytes none = {NULL, 0};

    if (!inferd_column_has(column, row))
        return none;
    if (column->value_size == 0)
        return column->cells[row];
    none.data = column->data + (size_t)row * column->value_size;
    none.len = column->value_size;
    return none;
}

// The request's text in the place of a missing value; an empty view where there is none, or where the writer gave an
// empty value, which stands. [any]
static inline struct inferd_bytes inferd_column_fall_back(const struct inferd_column *column, uint32_t row)
{
    struct inferd_bytes none = {NULL, 0};

    if (!column->fallback || (column->empty && column->empty[row >> 6] >> (row & 63) & 1))
        return none;
    return inferd_column_get(column->fallback, row);
}

// Sets a row's value. An empty value leaves the row missing, without the request's text for it. A value in cells is not
// copied: its bytes must live as long as the run (a reply's bytes and the run's arena do). False, and the row stays
// missing, where the length is not that of the column's type. [loop] by the column's writer
static inline bool inferd_column_set(struct inferd_column *column, uint32_t row, struct inferd_bytes value)
{
    if (value.len == 0) {
        if (column->empty)
            column->empty[row >> 6] |= UINT64_C(1) << (row & 63);
        return true;
    }
    if (column->value_size == 0)
        column->cells[row] = value;
    else if (column->value_size == value.len)
        memcpy(column->data + (size_t)row * column->value_size, value.data, value.len);
    else
        return false;
    column->valid[row >> 6] |= UINT64_C(1) << (row & 63);
    return true;
}

// Lets a column of fixed size have values of any length, as the compat mode wants them: they are in 'cells' from now
// on, as many as rows, which live as long as the run. [loop] by the column's writer
static inline void inferd_column_loosen(struct inferd_column *column, struct inferd_bytes *cells)
{
    for (uint32_t r = 0; r < column->rows; r++) { // also of rows that are still missing: their data may be on the way
        cells[r].data = column->data + (size_t)r * column->value_size;
        cells[r].len = column->value_size;
    }
    column->cells = cells;
    column->value_size = 0;
}

// Whether values of the column's scalar type may have other lengths than the type. [any]
static inline bool inferd_column_is_loose(const struct inferd_column *column)
{
    return column->value_size == 0 && inferd_type_size(column->type) != 0;
}

#ifdef __cplusplus
}
#endif

#endif
