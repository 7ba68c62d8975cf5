// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Feature tables: the features of one entity by key, read from a CSV or a JSON lines file. Knows nothing of requests.
//
// A column's name says what it is: "user_id" is a part of the key, "profile:age@Int32" is the feature "age" of the
// group "profile" with the type Int32 (FP32 where none is named). An empty cell is a missing value. The elements of a
// vector are separated by colons in a CSV file, and are a JSON array in a JSON lines file.
#ifndef SANDBOX_TABLE_H
#define SANDBOX_TABLE_H

#include "base/arena.h"
#include "base/map.h"
#include "base/text.h"

#include <inferd/bytes.h>

struct table_column {
    struct inferd_bytes name;  // "group:feature", or a key's name
    struct inferd_bytes title; // as the file has it
    unsigned type;             // enum inferd_type
    bool is_key;
};

struct table {
    const char *entity, *file;
    size_t n_columns, n_keys, n_rows;
    struct table_column *columns; // in the file's order
    size_t *keys;                 // indexes of the key's columns
    struct map names;             // name of a column → struct table_column
    struct map rows;              // key → the row's cells
};

// Reads a table from a file, "….csv" or "….jsonl". NULL where it can't be read; each problem is a line of text, with
// file, line and what would mend it. The table lies in the arena, but for its maps, which table_close frees.
struct table *table_load(const char *path, const char *entity, struct arena *arena, struct text *problems);
void table_close(struct table *table);

// The column of a name ("group:feature" or a key's), or NULL.
const struct table_column *table_column(const struct table *table, struct inferd_bytes name);

// The cells of a key's row, by the columns' indexes, or NULL. The parts come in the order of table->keys.
const struct inferd_bytes *table_row(const struct table *table, const struct inferd_bytes *parts,
                                     struct arena *scratch);

// What the readers of both formats call. A cell is a list of texts: one for a scalar, its elements for a vector; none
// is a missing value.
struct table_cell {
    const struct inferd_bytes *texts;
    size_t n_texts;
};

struct table_reader {
    struct table *table;
    struct arena *arena;
    struct text *problems;
    size_t line;
};

bool table_header(struct table_reader *reader, const struct inferd_bytes *titles, size_t n_titles);
bool table_add(struct table_reader *reader, const struct table_cell *cells);
// Adds a problem with file and line; always false.
bool table_complain(struct table_reader *reader, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool table_read_csv(struct table_reader *reader, char *text, size_t len);
bool table_read_jsonl(struct table_reader *reader, char *text, size_t len);

#endif
