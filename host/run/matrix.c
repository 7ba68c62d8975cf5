// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The matrix of a run: its columns' memory, and the request's values in them.
#include "run/matrix.h"

#include <string.h>

#include "base/magic.h"
#include "metrics/metrics.h"

static size_t aligned(size_t size)
{
    return (size + 15) & ~(size_t)15;
}

static size_t bitmap_size(uint32_t rows)
{
    return ((size_t)rows + 63) / 64 * sizeof(uint64_t);
}

// Bytes of a column's values and bitmap.
static size_t column_size(const struct plan_column *column, uint32_t rows)
{
    uint32_t size = inferd_type_size(column->type);

    if (column->origin == PLAN_REQUEST)
        return 0;
    return aligned(size ? (size_t)rows * size : (size_t)rows * sizeof(struct inferd_bytes)) +
           aligned(bitmap_size(rows));
}

static void set_all(uint64_t *valid, uint32_t rows)
{
    memset(valid, 0xff, bitmap_size(rows));
}

static uint8_t *place(struct inferd_column *column, const struct plan_column *planned, uint32_t rows, uint8_t *memory,
                      uint64_t *nothing)
{
    *column = (struct inferd_column){.size = sizeof(*column),
                                     .type = planned->type,
                                     .flags = (uint16_t)(planned->is_text ? INFERD_COLUMN_INLINE : 0),
                                     .rows = rows,
                                     .value_size = inferd_type_size(planned->type)};
    if (planned->origin == PLAN_REQUEST) {
        column->valid = nothing;
        return memory;
    }
    column->flags |= INFERD_COLUMN_PRESENT;
    column->data = memory;
    memory += aligned((size_t)rows * (column->value_size ? column->value_size : sizeof(struct inferd_bytes)));
    column->valid = (uint64_t *)memory;
    if (planned->origin == PLAN_CONSTANT && planned->value.len) {
        for (uint32_t r = 0; r < rows; r++)
            column->cells[r] = planned->value;
        set_all(column->valid, rows);
    }
    return memory + aligned(bitmap_size(rows));
}

int run_matrix_shape(struct run *run, uint32_t targets, uint32_t slates)
{
    const struct plan *plan = run->plan;
    uint32_t rows[INFERD_SPACES] = {targets, slates}, most = targets > slates ? targets : slates;
    size_t values = 0, count = plan->column_count;
    struct inferd_column *columns = arena_alloc(&run->arena, count * sizeof(*columns));
    struct inferd_column **pointers = arena_alloc(&run->arena, count * sizeof(*pointers));
    uint64_t *nothing = arena_zalloc(&run->arena, bitmap_size(most) + sizeof(uint64_t));
    uint8_t *memory;

    for (size_t c = 0; c < count; c++)
        values += column_size(&plan->columns[c], rows[plan->columns[c].space]);
    memory = arena_zalloc(&run->arena, values);
    if (!columns || !pointers || !nothing || !memory)
        return INFERD_RESOURCE_EXHAUSTED;
    for (size_t c = 0; c < count; c++) {
        pointers[c] = &columns[c];
        memory = place(&columns[c], &plan->columns[c], rows[plan->columns[c].space], memory, nothing);
    }
    run->columns = pointers;
    run->targets = targets;
    run->slates = slates;
    for (uint32_t n = 0; n < plan->node_count; n++) {
        run->steps[n].shown.rows[INFERD_TARGETS] = targets;
        run->steps[n].shown.rows[INFERD_SLATES] = slates;
        run->steps[n].shown.columns = pointers;
        run->steps[n].shown.slate_offsets = run->request->slate_offsets;
        run->steps[n].shown.slate_targets = run->request->slate_targets;
    }
    return INFERD_OK;
}

// The column that the request's values of that name go to: its own, or the fallback of one that a component writes.
static struct inferd_column *receiving(struct run *run, uint32_t index, unsigned type)
{
    const struct plan_column *planned = &run->plan->columns[index];
    struct inferd_column *column = run->columns[index], *fallback;

    if (planned->origin == PLAN_REQUEST)
        return column;
    if (planned->origin == PLAN_CONSTANT || type != INFERD_TYPE_STRING)
        return NULL;
    fallback = arena_alloc(&run->arena, sizeof(*fallback));
    column->empty = arena_zalloc(&run->arena, bitmap_size(column->rows));
    if (!fallback || !column->empty)
        return NULL;
    *fallback = (struct inferd_column){.size = sizeof(*fallback), .rows = column->rows};
    column->fallback = fallback;
    return fallback;
}

static int copy_values(struct run *run, struct inferd_column *column, const struct inferd_bytes *cells, size_t step)
{
    column->data = arena_zalloc(&run->arena, (size_t)column->rows * column->value_size);
    if (!column->data)
        return INFERD_RESOURCE_EXHAUSTED;
    for (uint32_t r = 0; r < column->rows; r++)
        if (!inferd_column_set(column, r, cells[r * step]))
            metrics_add(METRICS_VALUES_UNREADABLE, 1);
    return INFERD_OK;
}

static int take(struct run *run, uint32_t index, unsigned type, unsigned flags, struct inferd_bytes *cells, bool one)
{
    struct inferd_column *column = receiving(run, index, type);

    if (!column)
        return INFERD_OK;
    column->type = (uint16_t)type;
    column->flags = (uint16_t)(flags | INFERD_COLUMN_PRESENT);
    column->value_size = inferd_type_size(type);
    column->valid = arena_zalloc(&run->arena, bitmap_size(column->rows));
    if (!column->valid)
        return INFERD_RESOURCE_EXHAUSTED;
    if (column->value_size)
        return copy_values(run, column, cells, one ? 0 : 1);
    if (one) {
        column->cells = arena_alloc(&run->arena, (size_t)column->rows * sizeof(*cells));
        if (!column->cells)
            return INFERD_RESOURCE_EXHAUSTED;
        for (uint32_t r = 0; r < column->rows; r++)
            column->cells[r] = *cells;
        if (cells->len)
            set_all(column->valid, column->rows);
        return INFERD_OK;
    }
    column->cells = cells;
    for (uint32_t r = 0; r < column->rows; r++)
        column->valid[r >> 6] |= (uint64_t)(cells[r].len != 0) << (r & 63);
    return INFERD_OK;
}

int run_matrix_adopt(struct run *run, uint32_t index, unsigned type, unsigned flags, struct inferd_bytes *cells)
{
    ALWAYS(run->columns && index < run->plan->column_count);
    return take(run, index, type, flags, cells, false);
}

int run_matrix_broadcast(struct run *run, uint32_t index, unsigned type, unsigned flags, struct inferd_bytes value)
{
    ALWAYS(run->columns && index < run->plan->column_count);
    return take(run, index, type, flags, &value, true);
}
