// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Everything the sandbox serves, read from one directory:
//
//   features/ENTITY.csv, .jsonl     a feature table (table.h)
//   models/NAME.json                a model that XGBoost saved (xgboost.h)
//   expressions/ID.expr             a Numerix expression, as text
//   expressions/ID.json             the same as {"expression": "…"}
//
// Knows nothing of the services that serve it.
#ifndef SANDBOX_STORE_H
#define SANDBOX_STORE_H

#include "base/arena.h"
#include "base/map.h"
#include "base/text.h"

#include "numerix/expression.h"
#include "table.h"
#include "xgboost.h"

// An expression, and its program for the columns it was last asked with: requests of one client name the same ones.
struct store_expression {
    const char *id;
    struct inferd_bytes text;
    struct inferd_bytes *names; // the program's columns, in one piece of malloc with their bytes; NULL at first
    size_t n_names;
    struct expression *program;
};

struct store {
    struct arena arena;
    struct map tables;      // entity → struct table
    struct map models;      // name → struct xgboost_model
    struct map expressions; // id → struct store_expression
};

// Reads a directory. NULL where anything in it can't be read; each problem is a line of text.
struct store *store_load(const char *directory, struct text *problems);
void store_free(struct store *store);

// The expression's program over these columns, compiled unless it is the one of the last call. NULL with error filled.
const struct expression *store_program(struct store_expression *expression, const struct inferd_bytes *names,
                                       size_t n_names, struct expression_error *error);

// The keys of a map, sorted, as "a, b, c", for messages; cut short where there are many. Bytes of the arena.
const char *store_names(const struct map *map, struct arena *arena);

#endif
