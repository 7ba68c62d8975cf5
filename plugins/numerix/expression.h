// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Numerix expressions: a postfix text like "score boost *" over named columns, compiled once and evaluated over whole
// columns, with the results of the Numerix service bit for bit. Pure computation: no I/O, no globals, and nothing known
// of requests or replies; whoever calls owns all memory.
//
// Tokens are separated by white space and are, in this order: an operator (operators.tbl), a number of the form
// -?digits(.digits)?, the name of a column. All of it is case-sensitive.
#ifndef NUMERIX_EXPRESSION_H
#define NUMERIX_EXPRESSION_H

#include <inferd/bytes.h>

#include <stdbool.h>
#include <stddef.h>

enum expression_number { EXPRESSION_FP32, EXPRESSION_FP64 };

// What went wrong. The first three are found when compiling, the others depend on the rows.
enum expression_fault {
    EXPRESSION_NO_FAULT,
    EXPRESSION_MALFORMED,
    EXPRESSION_NO_MEMORY,
    EXPRESSION_DIVISION_BY_ZERO,
    EXPRESSION_LOG_NOT_POSITIVE,
    EXPRESSION_NOT_BOOLEAN,
    EXPRESSION_NAN_PERCENTILE,
};

struct expression_error {
    enum expression_fault fault;
    size_t row;     // that is to blame; of faults that depend on the rows
    char text[256]; // names the token
};

struct expression; // a compiled expression: immutable, so any number of threads may evaluate it

// Compiles a text over named columns. Names that occur twice are refused. The text and the names are copied where they
// are needed later. NULL, with error filled, where the text is no expression over these columns.
struct expression *expression_compile(struct inferd_bytes text, const struct inferd_bytes *names, size_t n_names,
                                      struct expression_error *error);

// Frees a compiled expression; NULL is allowed.
void expression_free(struct expression *expression);

// Whether the expression reads the column of that index.
bool expression_reads(const struct expression *expression, size_t column);

// Whether a row's result depends on other rows: it has an operator like norm_min_max.
bool expression_looks_across(const struct expression *expression);

// Bytes of scratch memory that an evaluation over so many rows needs; SIZE_MAX where no memory could hold it.
size_t expression_scratch_size(const struct expression *expression, enum expression_number number, size_t rows);

// Evaluates over columns of rows values each, floats or doubles as number says. A column that is NULL reads as zeros.
// out has room for rows values and overlaps no column; scratch is as large as expression_scratch_size says and aligned
// for a double. False, with error filled and out undefined, where an operator refuses a row.
bool expression_eval(const struct expression *expression, enum expression_number number, const void *const *columns,
                     size_t rows, void *out, void *scratch, struct expression_error *error);

// The number type that a request's data_type asks for: "fp32" and "f32" in any case are FP32, all else is FP64.
enum expression_number expression_number_of(struct inferd_bytes data_type);

#endif
