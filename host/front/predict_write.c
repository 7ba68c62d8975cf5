// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Writes replies of the Predict service: sizes are added up first, then everything is written once, into the memory
// that goes out.
#include "front/predict_write.h"

#include <string.h>

#include <inferd/wire.h>
#include "front/scoring.h"

// Where a column's values come from. In a full column none is missing.
struct source {
    const struct inferd_column *column; // NULL: it has no values
    const struct inferd_bytes *cells;   // of a full column; else NULL
    const uint8_t *data;                // likewise
    uint32_t size;                      // of each value in data
};

// One table of a reply: a schema and a row of values for each target or slate.
struct table {
    struct run *run;
    const uint32_t *columns;  // INFERD_NO_COLUMN: a column without values
    const char *const *names; // NULL: the columns' own
    uint32_t count, rows, space;
    uint32_t schema_field, rows_field;
    const char **errors; // of rows; NULL: none has one
    struct source *sources;
    uint32_t *row_sizes;
    size_t schema_size, size;
};

static struct inferd_bytes name_of(const struct table *table, uint32_t i)
{
    const struct plan_column *column;

    if (table->names)
        return inferd_bytes_of(table->names[i]);
    column = &table->run->plan->columns[table->columns[i]];
    return (struct inferd_bytes){(const uint8_t *)column->name, column->name_len};
}

static unsigned type_of(const struct table *table, uint32_t i)
{
    const struct plan_column *planned;
    const struct inferd_column *column;

    if (table->columns[i] == INFERD_NO_COLUMN)
        return INFERD_TYPE_STRING;
    planned = &table->run->plan->columns[table->columns[i]];
    column = table->run->columns[table->columns[i]];
    return planned->origin == PLAN_REQUEST && column->type ? column->type : planned->reported;
}

static bool is_full(const struct inferd_column *column)
{
    uint32_t words = column->rows / 64, rest = column->rows % 64;

    for (uint32_t w = 0; w < words; w++)
        if (column->valid[w] != UINT64_MAX)
            return false;
    return rest == 0 || ~column->valid[words] << (64 - rest) == 0;
}

static struct source source_of(const struct table *table, uint32_t i)
{
    const struct inferd_column *column;
    struct source source = {0};

    if (table->columns[i] == INFERD_NO_COLUMN)
        return source;
    source.column = column = table->run->columns[table->columns[i]];
    if (!is_full(column))
        return source;
    source.cells = column->value_size ? NULL : column->cells;
    source.data = column->value_size ? column->data : NULL;
    source.size = column->value_size;
    return source;
}

// Not inlined, so that full columns don't pay for what they don't need.
__attribute__((noinline)) static struct inferd_bytes value_that_may_lack(const struct source *source, uint32_t row)
{
    return source->column ? inferd_column_get(source->column, row) : (struct inferd_bytes){NULL, 0};
}

static inline struct inferd_bytes value_of(const struct source *source, uint32_t row)
{
    return source->cells ? source->cells[row] : value_that_may_lack(source, row);
}

// Row errors as a message for each row; NULL when there is none, or the original's replies are wanted, which have none.
static const char **row_errors(struct run *run, uint32_t space, uint32_t rows)
{
    const char **errors = NULL;

    if (run->plan->compat)
        return NULL;
    for (const struct run_row_error *error = run->row_errors; error; error = error->next) {
        if (error->space != space || error->step->handed_on)
            continue; // another table's, or made good by a fallback
        if (!errors)
            errors = arena_zalloc(&run->arena, rows * sizeof(*errors));
        if (!errors)
            return NULL;
        for (uint32_t r = error->first; r < rows && r - error->first < error->count; r++)
            if (!errors[r])
                errors[r] = error->message;
    }
    return errors;
}

static size_t schema_entry_size(const struct table *table, uint32_t i)
{
    struct inferd_bytes name = name_of(table, i);

    return (name.len ? inferd_wire_bytes_size(1, name.len) : 0) + inferd_wire_number_size(2, type_of(table, i));
}

// Adds a column's values to the sizes of their rows. Those of one size are in them already.
static void measure_column(struct table *table, const struct source *source)
{
    uint32_t *sizes = table->row_sizes;

    for (uint32_t r = 0; r < table->rows && source->size == 0; r++)
        sizes[r] += (uint32_t)inferd_wire_bytes_size(2, value_of(source, r).len);
}

// Sizes of all rows, and what they come to.
static void measure_rows(struct table *table, uint32_t same)
{
    const uint32_t field = table->rows_field, rows = table->rows;
    uint32_t *sizes = table->row_sizes;

    for (uint32_t r = 0; r < rows; r++)
        sizes[r] = same;
    for (uint32_t i = 0; i < table->count; i++)
        measure_column(table, &table->sources[i]);
    for (uint32_t r = 0; table->errors && r < rows; r++)
        if (table->errors[r])
            sizes[r] += (uint32_t)inferd_wire_bytes_size(1, strlen(table->errors[r]));
    for (uint32_t r = 0; r < rows; r++)
        table->size += inferd_wire_bytes_size(field, sizes[r]);
}

static bool measure(struct table *table)
{
    struct arena *arena = &table->run->arena;
    uint32_t same = 0;

    table->sources = arena_alloc(arena, (size_t)table->count * sizeof(*table->sources));
    table->row_sizes = arena_alloc(arena, (size_t)table->rows * sizeof(*table->row_sizes));
    if (!table->sources || !table->row_sizes)
        return false;
    for (uint32_t i = 0; i < table->count; i++) {
        table->sources[i] = source_of(table, i);
        if (table->sources[i].size)
            same += (uint32_t)inferd_wire_bytes_size(2, table->sources[i].size);
        table->schema_size += inferd_wire_bytes_size(table->schema_field, schema_entry_size(table, i));
    }
    measure_rows(table, same);
    return true;
}

static uint8_t *put_schema(const struct table *table, uint8_t *at)
{
    for (uint32_t i = 0; i < table->count; i++) {
        struct inferd_bytes name = name_of(table, i);

        at = inferd_wire_put_head(at, table->schema_field, schema_entry_size(table, i));
        if (name.len)
            at = inferd_wire_put_bytes(at, 1, name);
        at = inferd_wire_put_number(at, 2, type_of(table, i));
    }
    return at;
}

static inline uint8_t *put_value(uint8_t *at, const struct source *source, uint32_t row)
{
    if (source->size == 4) {
        at = inferd_wire_put_head(at, 2, 4);
        memcpy(at, source->data + (size_t)row * 4, 4);
        return at + 4;
    }
    if (source->size == 8) {
        at = inferd_wire_put_head(at, 2, 8);
        memcpy(at, source->data + (size_t)row * 8, 8);
        return at + 8;
    }
    return inferd_wire_put_bytes(at, 2, value_of(source, row));
}

static uint8_t *put_rows(const struct table *table, uint8_t *at)
{
    const struct source *sources = table->sources, *end = sources + table->count;
    const uint32_t field = table->rows_field, rows = table->rows, *sizes = table->row_sizes;
    const char *const *errors = table->errors;

    for (uint32_t r = 0; r < rows; r++) {
        at = inferd_wire_put_head(at, field, sizes[r]);
        if (errors && errors[r])
            at = inferd_wire_put_bytes(at, 1, inferd_bytes_of(errors[r]));
        for (const struct source *source = sources; source < end; source++)
            at = put_value(at, source, r);
    }
    return at;
}

static bool out_of_memory(int *status, const char **error)
{
    *status = INFERD_RESOURCE_EXHAUSTED;
    *error = "no memory for the reply";
    return false;
}

bool predict_write_point(struct run *run, grpc_slice *reply, int *status, const char **error)
{
    const struct plan_reply *planned = &run->plan->reply;
    struct table table = {.run = run,
                          .columns = planned->all,
                          .names = planned->all_names,
                          .count = planned->all_count,
                          .rows = run->targets,
                          .schema_field = 1,
                          .rows_field = 2,
                          .errors = row_errors(run, INFERD_TARGETS, run->targets)};

    if (!measure(&table))
        return out_of_memory(status, error);
    *reply = scoring_slice(table.schema_size + table.size);
    put_rows(&table, put_schema(&table, GRPC_SLICE_START_PTR(*reply)));
    return true;
}

bool predict_write_slates(struct run *run, grpc_slice *reply, int *status, const char **error)
{
    const struct plan_reply *planned = &run->plan->reply;
    struct table targets = {.run = run,
                            .columns = planned->targets,
                            .count = planned->target_count,
                            .rows = planned->target_count ? run->targets : 0,
                            .schema_field = 3,
                            .rows_field = 2,
                            .errors = row_errors(run, INFERD_TARGETS, run->targets)};
    struct table slates = {.run = run,
                           .columns = planned->slates,
                           .count = planned->slate_count,
                           .rows = planned->slate_count ? run->slates : 0,
                           .schema_field = 4,
                           .rows_field = 1,
                           .errors = row_errors(run, INFERD_SLATES, run->slates)};
    uint8_t *at;

    if (!measure(&targets) || !measure(&slates))
        return out_of_memory(status, error);
    *reply = scoring_slice(targets.schema_size + targets.size + slates.schema_size + slates.size);
    at = put_rows(&targets, put_rows(&slates, GRPC_SLICE_START_PTR(*reply)));
    put_schema(&slates, put_schema(&targets, at));
    return true;
}
