// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Feature tables: building them row by row, and finding a key's row. What the files look like is the readers' business.
#include "table.h"

#include "file.h"
#include "number.h"

#include <inferd/types.h>

bool table_complain(struct table_reader *reader, const char *format, ...)
{
    va_list args;

    text_printf(reader->problems, "%s:%zu: ", reader->table->file, reader->line);
    va_start(args, format);
    text_vprintf(reader->problems, format, args);
    va_end(args);
    text_add(reader->problems, "\n");
    return false;
}

static bool read_title(struct table_reader *reader, struct inferd_bytes title, struct table_column *column)
{
    const uint8_t *colon = memchr(title.data, ':', title.len), *at = memrchr(title.data, '@', title.len);

    *column = (struct table_column){.name = title, .title = title, .is_key = colon == NULL};
    if (title.len == 0)
        return table_complain(reader, "a column has no name; name it like 'user_id' or 'profile:age@Int32'");
    if (column->is_key) {
        column->type = INFERD_TYPE_STRING;
        return true;
    }
    column->type = INFERD_TYPE_FP32;
    if (at > colon) {
        column->name.len = (size_t)(at - title.data);
        column->type = number_type_of((struct inferd_bytes){at + 1, (size_t)(title.data + title.len - at - 1)});
    }
    if (column->type == INFERD_TYPE_UNKNOWN)
        return table_complain(reader, "column '%.*s' has no known type; write FP32, Int64, String, FP32Vector, …",
                              (int)title.len, (const char *)title.data);
    return true;
}

bool table_header(struct table_reader *reader, const struct inferd_bytes *titles, size_t n_titles)
{
    struct table *table = reader->table;

    table->columns = arena_zalloc(reader->arena, (n_titles + 1) * sizeof *table->columns);
    table->keys = arena_zalloc(reader->arena, (n_titles + 1) * sizeof *table->keys);
    if (!table->columns || !table->keys)
        return table_complain(reader, "no memory for %zu columns", n_titles);
    for (size_t i = 0; i < n_titles; i++) {
        struct table_column *column = &table->columns[i];
        void *before = NULL;

        if (!read_title(reader, titles[i], column))
            return false;
        if (!map_set(&table->names, column->name.data, column->name.len, column, &before))
            return table_complain(reader, "no memory for %zu columns", n_titles);
        if (before)
            return table_complain(reader, "column '%.*s' occurs twice", (int)column->name.len,
                                  (const char *)column->name.data);
        if (column->is_key)
            table->keys[table->n_keys++] = i;
    }
    table->n_columns = n_titles;
    if (table->n_keys == 0)
        return table_complain(reader, "no column is a key; name one without a colon, like 'user_id'");
    return true;
}

// The parts of a key as one run of bytes; each part is led by its length, so that no two keys look alike.
static struct inferd_bytes join_key(const struct inferd_bytes *parts, size_t n_parts, struct arena *arena)
{
    struct inferd_bytes joined = {NULL, 0};
    size_t size = 0;
    uint8_t *data;

    for (size_t i = 0; i < n_parts; i++)
        size += sizeof(uint32_t) + parts[i].len;
    data = arena_alloc(arena, size);
    if (!data)
        return joined;
    joined = (struct inferd_bytes){data, size};
    for (size_t i = 0; i < n_parts; i++) {
        uint32_t len = (uint32_t)parts[i].len;

        memcpy(data, &len, sizeof len);
        if (len > 0)
            memcpy(data + sizeof len, parts[i].data, len);
        data += sizeof len + len;
    }
    return joined;
}

bool table_add(struct table_reader *reader, const struct table_cell *cells)
{
    struct table *table = reader->table;
    struct inferd_bytes *row = arena_zalloc(reader->arena, table->n_columns * sizeof *row), key;
    struct inferd_bytes *parts = arena_alloc(reader->arena, table->n_keys * sizeof *parts);
    void *before = NULL;

    if (!row || !parts)
        return table_complain(reader, "no memory for another row");
    for (size_t i = 0; i < table->n_columns; i++) {
        const struct table_column *column = &table->columns[i];
        const char *problem;

        if (cells[i].n_texts == 0)
            continue;
        if (!number_encode(column->type, cells[i].texts, cells[i].n_texts, reader->arena, &row[i], &problem))
            return table_complain(reader, "column '%.*s': '%.*s' %s", (int)column->title.len,
                                  (const char *)column->title.data, (int)cells[i].texts[0].len,
                                  (const char *)cells[i].texts[0].data, problem);
    }
    for (size_t i = 0; i < table->n_keys; i++) {
        parts[i] = row[table->keys[i]];
        if (parts[i].len == 0)
            return table_complain(reader, "the key's column '%.*s' is empty",
                                  (int)table->columns[table->keys[i]].name.len,
                                  (const char *)table->columns[table->keys[i]].name.data);
    }
    key = join_key(parts, table->n_keys, reader->arena);
    if (!key.data || !map_set(&table->rows, key.data, key.len, row, &before))
        return table_complain(reader, "no memory for another row");
    if (before)
        return table_complain(reader, "the key '%.*s' has a row already", (int)parts[0].len,
                              (const char *)parts[0].data);
    table->n_rows++;
    return true;
}

struct table *table_load(const char *path, const char *entity, struct arena *arena, struct text *problems)
{
    struct table *table = arena_zalloc(arena, sizeof *table);
    struct table_reader reader = {table, arena, problems, 1};
    const char *dot = strrchr(path, '.');
    size_t len;
    char *text;
    bool good;

    if (!table) {
        text_printf(problems, "%s: no memory\n", path);
        return NULL;
    }
    table->file = path;
    table->entity = entity;
    map_init(&table->names);
    map_init(&table->rows);
    text = file_read(path, arena, &len, problems);
    if (!text)
        return NULL;
    good = strcmp(dot, ".csv") == 0 ? table_read_csv(&reader, text, len) : table_read_jsonl(&reader, text, len);
    if (good)
        return table;
    table_close(table);
    return NULL;
}

void table_close(struct table *table)
{
    map_free(&table->names);
    map_free(&table->rows);
}

const struct table_column *table_column(const struct table *table, struct inferd_bytes name)
{
    return map_find(&table->names, name.data, name.len);
}

const struct inferd_bytes *table_row(const struct table *table, const struct inferd_bytes *parts, struct arena *scratch)
{
    struct inferd_bytes key = join_key(parts, table->n_keys, scratch);

    return key.data ? map_find(&table->rows, key.data, key.len) : NULL;
}
