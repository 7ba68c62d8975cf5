// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Feature tables from CSV: the first record names the columns, each other one is a row.
#include "table.h"

#include "csv.h"

#include <inferd/types.h>

#define MAX_COLUMNS 4096

// Splits a vector's cell at its colons.
static bool split(struct table_reader *reader, struct inferd_bytes text, struct table_cell *cell)
{
    size_t n = 1;
    struct inferd_bytes *texts;

    for (size_t i = 0; i < text.len; i++)
        n += text.data[i] == ':';
    texts = arena_alloc(reader->arena, n * sizeof *texts);
    if (!texts)
        return table_complain(reader, "no memory for another row");
    *cell = (struct table_cell){texts, n};
    for (size_t i = 0; i < n; i++) {
        const uint8_t *colon = text.len > 0 ? memchr(text.data, ':', text.len) : NULL;

        texts[i] = (struct inferd_bytes){text.data, colon ? (size_t)(colon - text.data) : text.len};
        text.data += texts[i].len + 1;
        text.len -= colon ? texts[i].len + 1 : texts[i].len;
    }
    return true;
}

static bool add_record(struct table_reader *reader, const struct inferd_bytes *fields, struct table_cell *cells)
{
    const struct table *table = reader->table;

    for (size_t i = 0; i < table->n_columns; i++) {
        cells[i] = (struct table_cell){&fields[i], fields[i].len > 0};
        if (fields[i].len > 0 && inferd_type_is_vector(table->columns[i].type) && !split(reader, fields[i], &cells[i]))
            return false;
    }
    return table_add(reader, cells);
}

bool table_read_csv(struct table_reader *reader, char *text, size_t len)
{
    struct inferd_bytes *fields = arena_alloc(reader->arena, MAX_COLUMNS * sizeof *fields);
    struct table_cell *cells = arena_alloc(reader->arena, MAX_COLUMNS * sizeof *cells);
    struct csv csv = csv_open(text, len);
    bool good = true;
    size_t n;

    if (!fields || !cells)
        return table_complain(reader, "no memory");
    if (!csv_next(&csv, fields, MAX_COLUMNS, &n))
        return table_complain(reader, "%s",
                              csv.problem ? csv.problem : "the file is empty; its first line names the columns");
    if (n > MAX_COLUMNS)
        return table_complain(reader, "%zu columns; %d are the most", n, MAX_COLUMNS);
    reader->line = csv.line;
    if (!table_header(reader, fields, n))
        return false;
    while (csv_next(&csv, fields, MAX_COLUMNS, &n)) {
        reader->line = csv.line;
        if (n != reader->table->n_columns)
            good = table_complain(reader, "%zu fields; the first line names %zu columns", n, reader->table->n_columns);
        else
            good = add_record(reader, fields, cells) && good;
    }
    reader->line = csv.line;
    return csv.problem ? table_complain(reader, "%s", csv.problem) : good;
}
