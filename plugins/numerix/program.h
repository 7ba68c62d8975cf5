// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What the compiler of expressions hands to their evaluator: steps for a stack of columns. Nobody else looks inside.
#ifndef NUMERIX_PROGRAM_H
#define NUMERIX_PROGRAM_H

#include "expression.h"

#include <stdint.h>

enum operation {
    OP_COLUMN, // push a column
    OP_NUMBER, // push a constant
#define OPERATOR(id, spelling, operands, help) OP_##id,
#include "operators.tbl"
};

// Values an expression may hold at once; a sane one holds three or four.
#define EXPRESSION_MAX_DEPTH 256

static inline unsigned operation_operands(enum operation operation)
{
    switch (operation) {
#define OPERATOR(id, spelling, operands, help)                                                                         \
    case OP_##id:                                                                                                      \
        return operands;
#include "operators.tbl"
    default:
        return 0;
    }
}

struct step {
    enum operation operation;
    uint32_t column;  // OP_COLUMN
    float fp32;       // OP_NUMBER, rounded from its text, not from fp64
    double fp64;      // OP_NUMBER
    size_t at;        // the token's first byte in the text
    uint32_t length;  // of the token
    uint32_t ordinal; // of the token, from 1
};

struct expression {
    char *text;
    size_t depth; // values the stack holds at most
    bool sorts;   // has a step that sorts rows
    bool across;  // has a step that looks at all rows
    size_t n_steps;
    struct step steps[];
};

#endif
