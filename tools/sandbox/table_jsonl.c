// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Feature tables from JSON lines: each line is an object, a row, whose members are named as a CSV file's columns are.
// The columns are all members that any line has; what a line lacks, or has as null, is missing.
#include "table.h"

#include <jansson.h>

// A list of the columns' titles as they turn up.
struct titles {
    struct map seen; // title → its index + 1
    struct inferd_bytes *list;
    size_t n, room;
};

static bool add_title(struct titles *titles, const char *name, struct arena *arena)
{
    size_t len = strlen(name);
    char *copy;

    if (map_find(&titles->seen, name, len))
        return true;
    if (titles->n == titles->room) {
        size_t room = 2 * titles->room + 16;
        struct inferd_bytes *list = arena_alloc(arena, room * sizeof *list);

        if (!list)
            return false;
        if (titles->n > 0)
            memcpy(list, titles->list, titles->n * sizeof *list);
        titles->list = list;
        titles->room = room;
    }
    copy = arena_strndup(arena, name, len);
    if (!copy)
        return false;
    titles->list[titles->n++] = inferd_bytes_of(copy);
    return map_set(&titles->seen, copy, len, (void *)(uintptr_t)titles->n, NULL);
}

// A JSON scalar as the text that a CSV cell would have.
static struct inferd_bytes text_of(json_t *value, struct arena *arena)
{
    struct inferd_bytes none = {NULL, 0};
    char *text = NULL;

    if (json_is_string(value))
        text = arena_strndup(arena, json_string_value(value), json_string_length(value));
    else if (json_is_integer(value))
        text = arena_printf(arena, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else if (json_is_real(value))
        text = arena_printf(arena, "%.17g", json_real_value(value));
    else if (json_is_boolean(value))
        text = arena_printf(arena, "%s", json_is_true(value) ? "true" : "false");
    return text ? (struct inferd_bytes){(const uint8_t *)text,
                                        json_is_string(value) ? json_string_length(value) : strlen(text)}
                : none;
}

static bool read_member(struct table_reader *reader, const char *name, json_t *value, struct table_cell *cell)
{
    size_t n = json_is_array(value) ? json_array_size(value) : 1;
    struct inferd_bytes *texts = arena_alloc(reader->arena, (n + 1) * sizeof *texts);

    if (json_is_null(value))
        return true;
    if (!texts)
        return table_complain(reader, "no memory for another row");
    *cell = (struct table_cell){texts, n};
    for (size_t i = 0; i < n; i++) {
        texts[i] = text_of(json_is_array(value) ? json_array_get(value, i) : value, reader->arena);
        if (!texts[i].data)
            return table_complain(reader, "'%s' holds something else than strings, numbers and booleans", name);
    }
    return true;
}

static bool add_object(struct table_reader *reader, json_t *object)
{
    struct table *table = reader->table;
    struct table_cell *cells = arena_zalloc(reader->arena, table->n_columns * sizeof *cells);
    const char *name;
    json_t *value;

    if (!cells)
        return table_complain(reader, "no memory for another row");
    for (size_t i = 0; i < table->n_columns; i++) {
        name = (const char *)table->columns[i].title.data;
        value = json_object_get(object, name);
        if (value && !read_member(reader, name, value, &cells[i]))
            return false;
    }
    return table_add(reader, cells);
}

// The object of the next line that isn't blank; NULL at the end or with a problem said.
static json_t *next_object(struct table_reader *reader, char **at, const char *end, bool *good)
{
    while (*at < end) {
        char *begin = *at, *stop = memchr(begin, '\n', (size_t)(end - begin));
        size_t len = stop ? (size_t)(stop - begin) : (size_t)(end - begin);
        json_error_t error;
        json_t *object;

        *at = begin + len + (stop != NULL);
        reader->line++;
        if (strspn(begin, " \t\r") >= len)
            continue;
        object = json_loadb(begin, len, JSON_REJECT_DUPLICATES, &error);
        if (json_is_object(object))
            return object;
        *good = table_complain(reader, "no JSON object: %s", object ? "it is another value" : error.text);
        json_decref(object);
    }
    return NULL;
}

bool table_read_jsonl(struct table_reader *reader, char *text, size_t len)
{
    struct titles titles = {.n = 0};
    bool good = true;
    const char *name;
    json_t *object, *value;
    char *at = text;

    map_init(&titles.seen);
    reader->line = 0;
    while ((object = next_object(reader, &at, text + len, &good))) {
        json_object_foreach(object, name, value)
        {
            if (!add_title(&titles, name, reader->arena))
                good = table_complain(reader, "no memory for the columns");
        }
        json_decref(object);
    }
    map_free(&titles.seen);
    if (!good || !table_header(reader, titles.list, titles.n))
        return false;
    at = text;
    reader->line = 0;
    while ((object = next_object(reader, &at, text + len, &good))) {
        good = add_object(reader, object) && good;
        json_decref(object);
    }
    return good;
}
