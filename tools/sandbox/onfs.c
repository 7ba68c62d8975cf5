// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The online feature store's RetrieveFeatures (proto/retrieve.proto) over feature tables.
#include "service.h"

// Field numbers of the messages.
enum { QUERY_ENTITY = 1, QUERY_GROUPS = 2, QUERY_KEYS_SCHEMA = 3, QUERY_KEYS = 4 };
enum { GROUP_LABEL = 1, GROUP_FEATURES = 2 };
enum { KEYS_COLS = 1 };
enum { RESULT_ENTITY = 1, RESULT_KEYS_SCHEMA = 2, RESULT_FEATURES = 3, RESULT_ROWS = 4 };
enum { SCHEMA_GROUP = 1, SCHEMA_FEATURES = 2 };
enum { FEATURE_LABEL = 1, FEATURE_COLUMN = 2 };
enum { ROW_KEYS = 1, ROW_COLUMNS = 2 };

struct query {
    const struct table *table;
    struct inferd_bytes *key_names; // in the request's order
    size_t n_key_names;
    size_t *part_of;  // for each of the table's keys: which part of a request's key it is
    size_t *columns;  // the table's columns that are wanted, in the reply's order
    size_t n_columns; // of them
};

static struct inferd_bytes last(const struct inferd_bytes *list, size_t n)
{
    return n > 0 ? list[n - 1] : (struct inferd_bytes){NULL, 0};
}

static bool find_table(struct exchange *exchange, struct query *query)
{
    size_t n;
    struct inferd_bytes *labels = exchange_list(exchange, exchange->request, QUERY_ENTITY, &n), label;

    if (!labels)
        return false;
    label = last(labels, n);
    query->table = map_find(&exchange->store->tables, label.data, label.len);
    if (!query->table)
        exchange_fail(exchange, INFERD_NOT_FOUND, "no entity '%.*s'; this store has: %s", (int)label.len,
                      (const char *)label.data, store_names(&exchange->store->tables, exchange->arena));
    return query->table != NULL;
}

// The names of the table's keys, for messages.
static const char *key_titles(const struct table *table, struct arena *arena)
{
    const char *list = "";

    for (size_t i = 0; i < table->n_keys && list; i++) {
        struct inferd_bytes name = table->columns[table->keys[i]].name;

        list = arena_printf(arena, "%s%s%.*s", list, i > 0 ? ", " : "", (int)name.len, (const char *)name.data);
    }
    return list ? list : "";
}

// Matches the request's key names with the table's, by name: their order is the client's choice.
static bool match_keys(struct exchange *exchange, struct query *query)
{
    const struct table *table = query->table;

    query->key_names = exchange_list(exchange, exchange->request, QUERY_KEYS_SCHEMA, &query->n_key_names);
    query->part_of = arena_alloc(exchange->arena, table->n_keys * sizeof *query->part_of);
    if (!query->key_names || !query->part_of)
        return false;
    for (size_t i = 0; i < table->n_keys; i++) {
        struct inferd_bytes name = table->columns[table->keys[i]].name;
        size_t part = 0;

        while (part < query->n_key_names && !inferd_bytes_equal(query->key_names[part], name))
            part++;
        query->part_of[i] = part;
        if (part == query->n_key_names || query->n_key_names != table->n_keys) {
            exchange_fail(exchange, INFERD_INVALID_ARGUMENT, "the keys of entity '%s' are: %s; the request names %zu",
                          table->entity, key_titles(table, exchange->arena), query->n_key_names);
            return false;
        }
    }
    return true;
}

// The index of a feature's column. A label may carry its type ("age@Int32"), which the store knows already.
static bool find_column(struct exchange *exchange, const struct query *query, struct inferd_bytes group,
                        struct inferd_bytes label, size_t *index)
{
    const uint8_t *at = label.len > 0 ? memrchr(label.data, '@', label.len) : NULL;
    size_t len = at ? (size_t)(at - label.data) : label.len;
    char *name = arena_printf(exchange->arena, "%.*s:%.*s", (int)group.len, (const char *)group.data, (int)len,
                              (const char *)label.data);
    const struct table_column *column = name ? table_column(query->table, inferd_bytes_of(name)) : NULL;

    if (!column) {
        exchange_fail(exchange, INFERD_NOT_FOUND, "entity '%s' has no feature '%s'; it has: %s", query->table->entity,
                      name, store_names(&query->table->names, exchange->arena));
        return false;
    }
    *index = (size_t)(column - query->table->columns);
    return true;
}

// Reads one group of wanted features, and writes which column each of them will have.
static bool take_group(struct exchange *exchange, struct query *query, struct inferd_bytes group)
{
    size_t n_labels, n_features, begin;
    struct inferd_bytes *labels = exchange_list(exchange, group, GROUP_LABEL, &n_labels);
    struct inferd_bytes *features = exchange_list(exchange, group, GROUP_FEATURES, &n_features);
    size_t *columns = arena_alloc(exchange->arena, (query->n_columns + n_features + 1) * sizeof *columns);

    if (!labels || !features || !columns)
        return false;
    if (query->n_columns > 0)
        memcpy(columns, query->columns, query->n_columns * sizeof *columns);
    query->columns = columns;
    begin = writer_begin(&exchange->reply, RESULT_FEATURES);
    writer_put_bytes(&exchange->reply, SCHEMA_GROUP, last(labels, n_labels));
    for (size_t i = 0; i < n_features; i++) {
        size_t feature = writer_begin(&exchange->reply, SCHEMA_FEATURES);

        writer_put_bytes(&exchange->reply, FEATURE_LABEL, features[i]);
        if (query->n_columns > 0)
            writer_put_number(&exchange->reply, FEATURE_COLUMN, query->n_columns);
        writer_end(&exchange->reply, feature);
        if (!find_column(exchange, query, last(labels, n_labels), features[i], &columns[query->n_columns++]))
            return false;
    }
    writer_end(&exchange->reply, begin);
    return true;
}

static void put_row(struct exchange *exchange, const struct query *query, const struct inferd_bytes *parts,
                    const struct inferd_bytes *cells)
{
    static const struct inferd_bytes nothing = {NULL, 0};
    size_t begin = writer_begin(&exchange->reply, RESULT_ROWS);

    for (size_t i = 0; i < query->n_key_names; i++)
        writer_put_bytes(&exchange->reply, ROW_KEYS, parts[i]);
    for (size_t i = 0; i < query->n_columns; i++)
        writer_put_bytes(&exchange->reply, ROW_COLUMNS, cells ? cells[query->columns[i]] : nothing);
    writer_end(&exchange->reply, begin);
}

// Answers one key. 'ordered' has room for the key's parts in the table's order.
static bool answer_key(struct exchange *exchange, const struct query *query, struct inferd_bytes key,
                       struct inferd_bytes *ordered, bool *found)
{
    size_t n_parts;
    struct inferd_bytes *parts = exchange_list(exchange, key, KEYS_COLS, &n_parts);
    const struct inferd_bytes *cells;

    if (!parts)
        return false;
    if (n_parts != query->n_key_names) {
        exchange_fail(exchange, INFERD_INVALID_ARGUMENT, "a key has %zu parts; keys_schema names %zu", n_parts,
                      query->n_key_names);
        return false;
    }
    for (size_t i = 0; i < query->table->n_keys; i++)
        ordered[i] = parts[query->part_of[i]];
    cells = table_row(query->table, ordered, exchange->arena);
    *found = cells != NULL;
    if (cells || !exchange->manners->drop_missing)
        put_row(exchange, query, parts, cells);
    return true;
}

void onfs_retrieve_features(struct exchange *exchange)
{
    struct query query = {.n_columns = 0};
    struct inferd_bytes *groups, *keys, *ordered;
    size_t n_groups, n_keys, n_found = 0;

    if (!find_table(exchange, &query) || !match_keys(exchange, &query))
        return;
    writer_put_string(&exchange->reply, RESULT_ENTITY, query.table->entity);
    for (size_t i = 0; i < query.n_key_names; i++)
        writer_put_bytes(&exchange->reply, RESULT_KEYS_SCHEMA, query.key_names[i]);
    groups = exchange_list(exchange, exchange->request, QUERY_GROUPS, &n_groups);
    for (size_t i = 0; groups && i < n_groups; i++)
        if (!take_group(exchange, &query, groups[i]))
            return;
    keys = exchange_list(exchange, exchange->request, QUERY_KEYS, &n_keys);
    ordered = arena_alloc(exchange->arena, query.table->n_keys * sizeof *ordered);
    for (size_t i = 0; keys && ordered && i < n_keys; i++) {
        bool found = false;

        if (!answer_key(exchange, &query, keys[i], ordered, &found))
            return;
        n_found += found;
    }
    exchange_note(exchange, "entity %s, %zu of %zu keys known, %zu features", query.table->entity, n_found, n_keys,
                  query.n_columns);
}
