// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The compiler of Numerix expressions: text and column names in, steps out. Everything that doesn't depend on rows is
// refused here, so that an evaluation can only fail on its data.
#include "expression.h"
#include "program.h"
#include "token.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

static const char *const spellings[] = {
#define OPERATOR(id, spelling, operands, help) [OP_##id] = spelling,
#include "operators.tbl"
};

#define N_OPERATIONS (sizeof spellings / sizeof *spellings)

struct name {
    struct inferd_bytes bytes;
    uint32_t column;
};

// What compiling needs beside the result.
struct compiler {
    struct inferd_bytes text;
    struct name *names; // sorted, for a binary search
    size_t n_names;
    size_t depth; // of the stack after the steps so far
    struct expression *result;
    struct expression_error *error;
};

static int by_bytes(struct inferd_bytes a, struct inferd_bytes b)
{
    size_t shorter = a.len < b.len ? a.len : b.len;
    int order = shorter > 0 ? memcmp(a.data, b.data, shorter) : 0;

    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int by_name(const void *a, const void *b)
{
    return by_bytes(((const struct name *)a)->bytes, ((const struct name *)b)->bytes);
}

static bool refuse(struct compiler *compiler, enum expression_fault fault)
{
    compiler->error->fault = fault;
    return false;
}

#define REFUSE(compiler, ...)                                                                                          \
    (snprintf((compiler)->error->text, sizeof(compiler)->error->text, __VA_ARGS__),                                    \
     refuse((compiler), EXPRESSION_MALFORMED))

// What a message shows of a token: all of it, unless somebody pasted a novel.
static int shown(size_t length)
{
    return length < 64 ? (int)length : 64;
}

static bool sort_names(struct compiler *compiler, const struct inferd_bytes *names, size_t n_names)
{
    for (size_t i = 0; i < n_names; i++)
        compiler->names[i] = (struct name){names[i], (uint32_t)i};
    compiler->n_names = n_names;
    qsort(compiler->names, n_names, sizeof *compiler->names, by_name);
    for (size_t i = 1; i < n_names; i++) {
        struct inferd_bytes name = compiler->names[i].bytes;

        if (inferd_bytes_equal(compiler->names[i - 1].bytes, name))
            return REFUSE(compiler, "column '%.*s' is named twice; give each column a name of its own", shown(name.len),
                          (const char *)name.data);
    }
    return true;
}

static bool read_operator(struct inferd_bytes token, struct step *step)
{
    for (size_t i = OP_NUMBER + 1; i < N_OPERATIONS; i++)
        if (inferd_bytes_equal(token, inferd_bytes_of(spellings[i]))) {
            step->operation = (enum operation)i;
            return true;
        }
    return false;
}

// The token lies in the expression's own copy of the text, where white space or the terminator follows it, so that
// strtod stops by itself.
static bool read_number(struct inferd_bytes token, struct step *step)
{
    if (!token_is_number(token))
        return false;
    step->operation = OP_NUMBER;
    step->fp32 = strtof((const char *)token.data, NULL);
    step->fp64 = strtod((const char *)token.data, NULL);
    return true;
}

static bool read_column(const struct compiler *compiler, struct inferd_bytes token, struct step *step)
{
    struct name wanted = {token, 0};
    const struct name *found =
        compiler->n_names > 0 ? bsearch(&wanted, compiler->names, compiler->n_names, sizeof *compiler->names, by_name)
                              : NULL;

    if (!found)
        return false;
    step->operation = OP_COLUMN;
    step->column = found->column;
    return true;
}

static bool add_step(struct compiler *compiler, struct inferd_bytes token)
{
    struct expression *result = compiler->result;
    struct step *step = &result->steps[result->n_steps];
    size_t operands;

    *step = (struct step){.at = (size_t)(token.data - compiler->text.data),
                          .length = (uint32_t)token.len,
                          .ordinal = (uint32_t)result->n_steps + 1};
    if (!read_operator(token, step) && !read_number(token, step) && !read_column(compiler, token, step))
        return REFUSE(compiler, "token %u '%.*s' is neither an operator, nor a number, nor a column of this request",
                      step->ordinal, shown(token.len), (const char *)token.data);
    operands = operation_operands(step->operation);
    if (compiler->depth < operands)
        return REFUSE(compiler, "token %u '%.*s' needs %zu operands before it and finds %zu", step->ordinal,
                      shown(token.len), (const char *)token.data, operands, compiler->depth);
    compiler->depth = compiler->depth - operands + 1;
    if (compiler->depth > EXPRESSION_MAX_DEPTH)
        return REFUSE(compiler, "token %u '%.*s' is one value more than the %d an expression may hold at once",
                      step->ordinal, shown(token.len), (const char *)token.data, EXPRESSION_MAX_DEPTH);
    if (result->depth < compiler->depth)
        result->depth = compiler->depth;
    if (step->operation == OP_NORM_PERCENTILE_0_99 || step->operation == OP_NORM_PERCENTILE_5_95)
        result->sorts = result->across = true;
    if (step->operation == OP_NORM_MIN_MAX || step->operation == OP_PERCENTILE_RANK)
        result->across = true;
    result->n_steps++;
    return true;
}

static bool compile(struct compiler *compiler, const struct inferd_bytes *names, size_t n_names)
{
    struct inferd_bytes token;
    size_t at = 0;

    if (!sort_names(compiler, names, n_names))
        return false;
    while ((token = token_next(compiler->text, &at)).len > 0)
        if (!add_step(compiler, token))
            return false;
    if (compiler->depth == 0)
        return REFUSE(compiler, "the expression is empty");
    if (compiler->depth > 1)
        return REFUSE(compiler, "the expression leaves %zu values where one is wanted: an operator is missing",
                      compiler->depth);
    return true;
}

struct expression *expression_compile(struct inferd_bytes text, const struct inferd_bytes *names, size_t n_names,
                                      struct expression_error *error)
{
    struct compiler compiler = {.error = error};
    struct expression *result = NULL;
    bool good = false;

    error->fault = EXPRESSION_NO_FAULT;
    error->text[0] = '\0';
    compiler.names = calloc(n_names + 1, sizeof *compiler.names);
    result = calloc(1, sizeof *result + (text.len / 2 + 1) * sizeof *result->steps);
    if (compiler.names && result && (result->text = malloc(text.len + 1))) {
        if (text.len > 0)
            memcpy(result->text, text.data, text.len);
        result->text[text.len] = '\0';
        compiler.text = (struct inferd_bytes){(const uint8_t *)result->text, text.len};
        compiler.result = result;
        good = compile(&compiler, names, n_names);
    } else {
        snprintf(error->text, sizeof error->text, "no memory for an expression of %zu bytes", text.len);
        refuse(&compiler, EXPRESSION_NO_MEMORY);
    }
    free(compiler.names);
    if (good)
        return result;
    expression_free(result);
    return NULL;
}

void expression_free(struct expression *expression)
{
    if (expression)
        free(expression->text);
    free(expression);
}

bool expression_reads(const struct expression *expression, size_t column)
{
    for (size_t i = 0; i < expression->n_steps; i++)
        if (expression->steps[i].operation == OP_COLUMN && expression->steps[i].column == column)
            return true;
    return false;
}

bool expression_looks_across(const struct expression *expression)
{
    return expression->across;
}

enum expression_number expression_number_of(struct inferd_bytes data_type)
{
    const char *text = (const char *)data_type.data;

    if ((data_type.len == 4 && strncasecmp(text, "fp32", 4) == 0) ||
        (data_type.len == 3 && strncasecmp(text, "f32", 3) == 0))
        return EXPRESSION_FP32;
    return EXPRESSION_FP64;
}
