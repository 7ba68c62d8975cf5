// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// An entity's values go into all of its rows.
#ifndef FEATURE_VALUES_H
#define FEATURE_VALUES_H

#include "run.h"

// Sets a value in an entity's rows; the usual entity has one row. False: its length is not that of the column's type.
static inline bool feature_set_rows(const struct feature_keys *keys, const struct feature_entity *entity,
                                    struct inferd_column *column, struct inferd_bytes value)
{
    if (column->value_size == 4 && value.len == 4) {
        const uint32_t *next = keys->next;
        uint64_t *valid = column->valid;
        uint8_t *data = column->data;
        uint32_t four;

        memcpy(&four, value.data, 4);
        for (uint32_t r = entity->first; r != FEATURE_NONE; r = next[r]) {
            memcpy(data + (size_t)r * 4, &four, 4);
            valid[r >> 6] |= UINT64_C(1) << (r & 63);
        }
        return true;
    }
    if (column->value_size && value.len && value.len != column->value_size)
        return false;
    for (uint32_t r = entity->first; r != FEATURE_NONE; r = keys->next[r])
        inferd_column_set(column, r, value);
    return true;
}

// As feature_set_rows(), of a value of the store. In the compat mode one of another length is kept as it is: readers
// take its first bytes, or send it on. False also where there is no memory for that.
static inline bool feature_set_value(const struct feature_run *run, struct inferd_step *step, uint32_t entity,
                                     struct inferd_column *column, struct inferd_bytes value)
{
    const struct feature_entity *rows = &run->keys.entities[entity];
    struct inferd_bytes *cells;

    if (feature_set_rows(&run->keys, rows, column, value))
        return true;
    if (!run->feature->info->compat)
        return false;
    cells = run->feature->host->alloc(step, column->rows * sizeof(*cells));
    if (!cells)
        return false;
    inferd_column_loosen(column, cells);
    return feature_set_rows(&run->keys, rows, column, value);
}

#endif
