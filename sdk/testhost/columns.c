// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The columns of a run: those the component reads get values from the test, those it writes begin without any.
#include <string.h>

#include "base/magic.h"
#include "inner.h"

static uint64_t *new_bitmap(struct testhost_run *run, uint32_t rows)
{
    uint64_t *valid = arena_zalloc(&run->arena, ((size_t)rows + 63) / 64 * sizeof(uint64_t) + sizeof(uint64_t));

    ALWAYS(valid);
    return valid;
}

static void make_column(struct testhost_run *run, const struct testhost_column *declared, struct inferd_column *column)
{
    uint32_t rows = run->step.rows[declared->space];

    *column = (struct inferd_column){
        .size = sizeof(*column), .type = (uint16_t)declared->type, .rows = rows, .valid = new_bitmap(run, rows)};
    column->value_size = inferd_type_size(declared->type);
    if (!declared->written && !declared->constant)
        return; // the request lacks it until the test sets it
    column->flags = INFERD_COLUMN_PRESENT;
    if (declared->constant || declared->write_flags & INFERD_WRITE_INLINE)
        column->flags |= INFERD_COLUMN_INLINE;
    column->data = arena_zalloc(&run->arena,
                                (size_t)rows * (column->value_size ? column->value_size : sizeof(struct inferd_bytes)));
    ALWAYS(column->data);
    for (uint32_t r = 0; declared->constant && r < rows; r++)
        inferd_column_set(column, r, declared->value);
}

void testhost_make_columns(struct testhost_run *run)
{
    struct testhost *testhost = run->testhost;
    size_t count = testhost->column_count;

    run->columns = arena_zalloc(&run->arena, count * sizeof(*run->columns));
    run->pointers = arena_zalloc(&run->arena, count * sizeof(*run->pointers));
    ALWAYS(run->columns && run->pointers);
    for (size_t i = 0; i < count; i++) {
        make_column(run, &testhost->columns[i], &run->columns[i]);
        run->pointers[i] = &run->columns[i];
    }
    run->step.columns = run->pointers;
}

void testhost_rows(struct testhost_run *run, uint32_t targets)
{
    run->step.rows[INFERD_TARGETS] = targets;
    testhost_make_columns(run);
}

// The step's arrays are copies of exactly their size.
void testhost_slates(struct testhost_run *run, uint32_t slates, const uint32_t *offsets, const uint32_t *targets)
{
    run->step.rows[INFERD_SLATES] = slates;
    run->step.slate_offsets = arena_copy(&run->arena, offsets, (slates + 1) * sizeof(*offsets));
    run->step.slate_targets = arena_copy(&run->arena, targets, offsets[slates] * sizeof(*targets));
    testhost_make_columns(run);
}

static struct inferd_column *column_of(struct testhost_run *run, unsigned space, const char *name)
{
    uint32_t index = testhost_find(run->testhost, space, name, strlen(name));

    if (!run->columns)
        testhost_broken("the test sets \"%s\" before the matrix has rows", name);
    if (index == INFERD_NO_COLUMN)
        testhost_broken("the component knows no column \"%s\"", name);
    return &run->columns[index];
}

static void fill(struct testhost_run *run, struct inferd_column *column, unsigned type, unsigned flags,
                 const struct inferd_bytes *cells)
{
    uint32_t size = inferd_type_size(type);

    *column = (struct inferd_column){.size = sizeof(*column),
                                     .type = (uint16_t)type,
                                     .flags = (uint16_t)(flags | INFERD_COLUMN_PRESENT),
                                     .rows = column->rows,
                                     .value_size = size,
                                     .valid = new_bitmap(run, column->rows)};
    column->data = arena_zalloc(&run->arena, (size_t)column->rows * (size ? size : sizeof(*cells)));
    ALWAYS(column->data);
    for (uint32_t r = 0; r < column->rows; r++) {
        struct inferd_bytes value = cells[r];

        if (value.len && !size)
            value.data = arena_copy(&run->arena, value.data, value.len);
        if (!inferd_column_set(column, r, value))
            testhost_broken("the test sets a value of %zu bytes where one has %u", value.len, size);
    }
}

void testhost_cells(struct testhost_run *run, unsigned space, const char *name, unsigned type, unsigned flags,
                    const struct inferd_bytes *cells)
{
    fill(run, column_of(run, space, name), type, flags, cells);
}

static const struct inferd_bytes *text_cells(struct testhost_run *run, uint32_t rows, const char *const *texts)
{
    struct inferd_bytes *cells = arena_zalloc(&run->arena, rows * sizeof(*cells));

    ALWAYS(cells);
    for (uint32_t r = 0; r < rows; r++)
        cells[r] = inferd_bytes_of(texts[r]);
    return cells;
}

void testhost_inline(struct testhost_run *run, unsigned space, const char *name, const char *const *texts)
{
    struct inferd_column *column = column_of(run, space, name);

    fill(run, column, INFERD_TYPE_STRING, INFERD_COLUMN_INLINE, text_cells(run, column->rows, texts));
}

void testhost_texts(struct testhost_run *run, unsigned space, const char *name, const char *const *texts)
{
    struct inferd_column *column = column_of(run, space, name);

    fill(run, column, INFERD_TYPE_STRING, 0, text_cells(run, column->rows, texts));
}

void testhost_fallback(struct testhost_run *run, unsigned space, const char *name, const char *const *texts)
{
    struct inferd_column *column = column_of(run, space, name);
    struct inferd_column *fallback = arena_zalloc(&run->arena, sizeof(*fallback));

    column->empty = arena_zalloc(&run->arena, ((size_t)column->rows + 63) / 64 * sizeof(uint64_t));
    ALWAYS(fallback && column->empty);
    fallback->rows = column->rows;
    fill(run, fallback, INFERD_TYPE_STRING, INFERD_COLUMN_INLINE, text_cells(run, column->rows, texts));
    column->fallback = fallback;
}

void testhost_values(struct testhost_run *run, unsigned space, const char *name, unsigned type, const void *values)
{
    struct inferd_column *column = column_of(run, space, name);
    uint32_t size = inferd_type_size(type);
    struct inferd_bytes *cells = arena_zalloc(&run->arena, column->rows * sizeof(*cells));

    ALWAYS(cells);
    for (uint32_t r = 0; r < column->rows; r++)
        cells[r] = (struct inferd_bytes){(const uint8_t *)values + (size_t)r * size, size};
    fill(run, column, type, 0, cells);
}

void testhost_missing(struct testhost_run *run, unsigned space, const char *name, uint32_t row)
{
    struct inferd_column *column = column_of(run, space, name);

    column->valid[row >> 6] &= ~(UINT64_C(1) << (row & 63));
    if (column->value_size)
        memset(column->data + (size_t)row * column->value_size, 0, column->value_size);
    else
        column->cells[row] = (struct inferd_bytes){NULL, 0};
}

const struct inferd_column *testhost_get(const struct testhost_run *run, unsigned space, const char *name)
{
    return column_of((struct testhost_run *)run, space, name);
}

const char *testhost_text(struct testhost_run *run, unsigned space, const char *name, uint32_t row)
{
    struct inferd_bytes text = testhost_convert.text(&run->step, column_of(run, space, name), row);

    return text.len ? arena_strndup(&run->arena, (const char *)text.data, text.len) : "";
}

uint32_t testhost_defaulted(const struct testhost_run *run, const char *name)
{
    uint32_t sum = 0;

    for (unsigned space = 0; space < INFERD_SPACES; space++) {
        uint32_t index = testhost_find(run->testhost, space, name, strlen(name));

        sum += index == INFERD_NO_COLUMN ? 0 : run->defaulted[index];
    }
    return sum;
}
