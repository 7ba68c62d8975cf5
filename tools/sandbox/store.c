// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Reading the sandbox's directory. A file whose name ends otherwise than expected is a problem, not an oversight to
// pass over: it is a typing error, most of the time.
#include "store.h"

#include "file.h"

#include <jansson.h>

struct reader {
    struct store *store;
    const char *directory;
    struct text *problems;
};

// Reads one file of a folder. 'name' is its name without the ending. False after adding a problem.
typedef bool read_file(struct reader *reader, const char *path, char *name, const char *ending);

static bool keep(struct reader *reader, struct map *map, const char *path, const char *name, void *value)
{
    void *before = NULL;

    if (!map_set(map, name, strlen(name), value, &before))
        text_printf(reader->problems, "%s: no memory\n", path);
    else if (before)
        text_printf(reader->problems, "%s: '%s' has a file with another ending already\n", path, name);
    else
        return true;
    return false;
}

static bool read_table(struct reader *reader, const char *path, char *name, const char *ending)
{
    struct table *table;

    if (strcmp(ending, ".csv") != 0 && strcmp(ending, ".jsonl") != 0) {
        text_printf(reader->problems, "%s: feature tables are named ENTITY.csv or ENTITY.jsonl\n", path);
        return false;
    }
    table = table_load(path, name, &reader->store->arena, reader->problems);
    return table && keep(reader, &reader->store->tables, path, name, table);
}

static bool read_model(struct reader *reader, const char *path, char *name, const char *ending)
{
    struct xgboost_model *model;

    if (strcmp(ending, ".json") != 0) {
        text_printf(reader->problems, "%s: models are named NAME.json; save them as JSON, not as UBJSON\n", path);
        return false;
    }
    model = xgboost_load(path, name, &reader->store->arena, reader->problems);
    return model && keep(reader, &reader->store->models, path, name, model);
}

// The text of an expression that is written as JSON, or NULL.
static char *unwrap(struct reader *reader, const char *path, const char *text, size_t len)
{
    json_error_t error;
    json_t *root = json_loadb(text, len, 0, &error), *expression = json_object_get(root, "expression");
    char *copy = NULL;

    if (!root)
        text_printf(reader->problems, "%s:%d: no JSON: %s\n", path, error.line, error.text);
    else if (!json_is_string(expression))
        text_printf(reader->problems, "%s: no expression; write {\"expression\": \"a b *\"}\n", path);
    else if (!(copy =
                   arena_strndup(&reader->store->arena, json_string_value(expression), json_string_length(expression))))
        text_printf(reader->problems, "%s: no memory\n", path);
    json_decref(root);
    return copy;
}

static bool read_expression(struct reader *reader, const char *path, char *name, const char *ending)
{
    struct store_expression *expression = arena_zalloc(&reader->store->arena, sizeof *expression);
    size_t len;
    char *text;

    if (strcmp(ending, ".json") != 0 && strcmp(ending, ".expr") != 0) {
        text_printf(reader->problems, "%s: expressions are named ID.expr or ID.json\n", path);
        return false;
    }
    text = file_read(path, &reader->store->arena, &len, reader->problems);
    if (text && strcmp(ending, ".json") == 0)
        text = unwrap(reader, path, text, len);
    if (!expression || !text)
        return false;
    expression->id = name;
    expression->text = inferd_bytes_of(text);
    return keep(reader, &reader->store->expressions, path, name, expression);
}

static bool read_folder(struct reader *reader, const char *folder, read_file *read)
{
    struct arena *arena = &reader->store->arena;
    const char *path = arena_printf(arena, "%s/%s", reader->directory, folder);
    char **names = path ? file_list(path, arena, reader->problems) : NULL;
    bool good = names != NULL;

    for (; names && *names; names++) {
        const char *dot = strrchr(*names, '.'), *ending = dot ? dot : *names + strlen(*names);
        char *name = arena_strndup(arena, *names, (size_t)(ending - *names));
        char *file = arena_printf(arena, "%s/%s", path, *names);

        if (!name || !file) {
            text_printf(reader->problems, "%s: no memory\n", path);
            return false;
        }
        good = read(reader, file, name, ending) && good;
    }
    return good;
}

struct store *store_load(const char *directory, struct text *problems)
{
    struct store *store = calloc(1, sizeof *store);
    struct reader reader = {store, directory, problems};
    bool good = true;

    if (!store) {
        text_printf(problems, "%s: no memory\n", directory);
        return NULL;
    }
    arena_init(&store->arena, 1 << 20, 0);
    map_init(&store->tables);
    map_init(&store->models);
    map_init(&store->expressions);
    good = file_is_folder(directory, problems);
    good = good && read_folder(&reader, "features", read_table);
    good = read_folder(&reader, "models", read_model) && good;
    good = read_folder(&reader, "expressions", read_expression) && good;
    if (good && store->tables.count + store->models.count + store->expressions.count == 0) {
        text_printf(problems, "%s: nothing to serve; put files into features/, models/ or expressions/\n", directory);
        good = false;
    }
    if (good)
        return store;
    store_free(store);
    return NULL;
}

void store_free(struct store *store)
{
    const struct map_slot *slot;

    if (!store)
        return;
    for (size_t at = 0; (slot = map_next(&store->tables, &at));)
        table_close(slot->value);
    for (size_t at = 0; (slot = map_next(&store->expressions, &at));) {
        struct store_expression *expression = slot->value;

        expression_free(expression->program);
        free(expression->names);
    }
    map_free(&store->tables);
    map_free(&store->models);
    map_free(&store->expressions);
    arena_free(&store->arena);
    free(store);
}

static bool same_names(const struct store_expression *expression, const struct inferd_bytes *names, size_t n_names)
{
    if (!expression->program || expression->n_names != n_names)
        return false;
    for (size_t i = 0; i < n_names; i++)
        if (!inferd_bytes_equal(expression->names[i], names[i]))
            return false;
    return true;
}

// A copy of the list and of the names' bytes behind it, in one piece.
static struct inferd_bytes *copy_names(const struct inferd_bytes *names, size_t n_names)
{
    size_t size = n_names * sizeof *names;
    struct inferd_bytes *copy;
    uint8_t *bytes;

    for (size_t i = 0; i < n_names; i++)
        size += names[i].len;
    copy = malloc(size + 1);
    if (!copy)
        return NULL;
    bytes = (uint8_t *)(copy + n_names);
    for (size_t i = 0; i < n_names; i++) {
        copy[i] = (struct inferd_bytes){bytes, names[i].len};
        if (names[i].len > 0)
            memcpy(bytes, names[i].data, names[i].len);
        bytes += names[i].len;
    }
    return copy;
}

const struct expression *store_program(struct store_expression *expression, const struct inferd_bytes *names,
                                       size_t n_names, struct expression_error *error)
{
    if (same_names(expression, names, n_names))
        return expression->program;
    expression_free(expression->program);
    free(expression->names);
    expression->names = NULL;
    expression->program = expression_compile(expression->text, names, n_names, error);
    if (!expression->program)
        return NULL;
    expression->names = copy_names(names, n_names);
    expression->n_names = expression->names ? n_names : SIZE_MAX; // no copy: never the same
    return expression->program;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char *store_names(const struct map *map, struct arena *arena)
{
    const char **names = arena_alloc(arena, (map->count + 1) * sizeof *names);
    const struct map_slot *slot;
    char *list = arena_strndup(arena, "", 0);
    size_t n = 0, shown;

    if (!names || !list)
        return "";
    for (size_t at = 0; (slot = map_next(map, &at));)
        names[n++] = arena_strndup(arena, slot->key, slot->key_len);
    qsort(names, n, sizeof *names, by_text);
    shown = n > 20 ? 20 : n;
    for (size_t i = 0; i < shown && list; i++)
        list = arena_printf(arena, "%s%s%s", list, i > 0 ? ", " : "", names[i]);
    if (n > shown && list)
        list = arena_printf(arena, "%s and %zu more", list, n - shown);
    return n == 0 ? "none" : list ? list : "";
}
