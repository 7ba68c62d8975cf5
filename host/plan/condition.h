// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Conditions on a request, compiled: a tree of tests. docs/policies.md tells the grammar.
#ifndef PLAN_CONDITION_H
#define PLAN_CONDITION_H

#include <stdbool.h>
#include <stdint.h>
#include <inferd/bytes.h>

struct arena;

enum plan_condition_op { CONDITION_AND, CONDITION_OR, CONDITION_NOT, CONDITION_HAS, CONDITION_IS };
enum plan_subject { SUBJECT_COLUMN, SUBJECT_HEADER, SUBJECT_TENANT, SUBJECT_FORM, SUBJECT_ROWS, SUBJECT_SLATES };
enum plan_relation { IS_EQUAL, IS_OTHER, IS_LESS, IS_LESS_OR_EQUAL, IS_MORE, IS_MORE_OR_EQUAL, IS_AMONG, IS_NOT_AMONG };

struct plan_literal {
    bool is_number;
    double number;
    struct inferd_bytes text;
};

struct plan_condition {
    enum plan_condition_op op;
    const struct plan_condition *left, *right; // AND, OR, NOT (left only)
    enum plan_subject subject;                 // HAS, IS
    uint32_t column;
    const char *name;            // of the column or header
    enum plan_relation relation; // IS
    const struct plan_literal *values;
    uint32_t value_count;
};

// Reads a condition's text into the arena. 'column' gives the index of a request column, or says why not (false).
// NULL with a message in error ("" where column() has said it).
const struct plan_condition *plan_condition_read(struct arena *arena, const char *text,
                                                 bool (*column)(void *user, const char *name, uint32_t *index),
                                                 void *user, char *error, size_t size);

#endif
