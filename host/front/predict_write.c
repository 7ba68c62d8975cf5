// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Writes replies of the Predict service: sizes are added up first, then everything is written once, into the memory
// that goes out.
#include "front/predict_write.h"

#include <string.h>

#include <inferd/wire.h>
#include "front/scoring.h"

// One table of a reply: a schema and a row of values for each target or slate.
struct table {
    struct run *run;
    const uint32_t *columns;  // INFERD_NO_COLUMN: a column without values
    const char *const *names; // NULL: the columns' own
    uint32_t count, rows, space;
    uint32_t schema_field, rows_field;
    const char **errors; // of rows; NULL: none has one
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

static struct inferd_bytes value_of(const struct table *table, uint32_t i, uint32_t row)
{
    if (table->columns[i] == INFERD_NO_COLUMN)
        return (struct inferd_bytes){NULL, 0};
    return inferd_column_get(table->run->columns[table->columns[i]], row);
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

static size_t row_size(const struct table *table, uint32_t row)
{
    size_t size = 0;

    if (table->errors && table->errors[row])
        size += inferd_wire_bytes_size(1, strlen(table->errors[row]));
    for (uint32_t i = 0; i < table->count; i++)
        size += inferd_wire_bytes_size(2, value_of(table, i, row).len);
    return size;
}

static bool measure(struct table *table)
{
    size_t size = 0;

    table->row_sizes = arena_alloc(&table->run->arena, (size_t)table->rows * sizeof(*table->row_sizes));
    if (!table->row_sizes)
        return false;
    for (uint32_t i = 0; i < table->count; i++)
        table->schema_size += inferd_wire_bytes_size(table->schema_field, schema_entry_size(table, i));
    for (uint32_t r = 0; r < table->rows; r++) {
        table->row_sizes[r] = (uint32_t)row_size(table, r);
        size += inferd_wire_bytes_size(table->rows_field, table->row_sizes[r]);
    }
    table->size = size;
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

static uint8_t *put_rows(const struct table *table, uint8_t *at)
{
    for (uint32_t r = 0; r < table->rows; r++) {
        at = inferd_wire_put_head(at, table->rows_field, table->row_sizes[r]);
        if (table->errors && table->errors[r])
            at = inferd_wire_put_bytes(at, 1, inferd_bytes_of(table->errors[r]));
        for (uint32_t i = 0; i < table->count; i++)
            at = inferd_wire_put_bytes(at, 2, value_of(table, i, r));
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
