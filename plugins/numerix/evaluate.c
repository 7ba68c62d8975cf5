// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The evaluator of Numerix expressions: whole columns in, one column out. Knows nothing of texts and names but for
// saying which token failed.
//
// Bits are promised, so this file is compiled without contraction of a product and a sum into one rounding, and the
// powers and logarithms are libm's of the number's own type.
#include "expression.h"
#include "program.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdio.h>

#define REAL float
#define REAL_MAX FLT_MAX
#define NUMBER fp32
#define K(name) name##_fp32
#define M(name) name##f
#include "kernels.inc"
#undef REAL
#undef REAL_MAX
#undef NUMBER
#undef K
#undef M

#define REAL double
#define REAL_MAX DBL_MAX
#define NUMBER fp64
#define K(name) name##_fp64
#define M(name) name
#include "kernels.inc"
#undef REAL
#undef REAL_MAX
#undef NUMBER
#undef K
#undef M

size_t expression_scratch_size(const struct expression *expression, enum expression_number number, size_t rows)
{
    size_t buffers = expression->depth - 1 + (expression->sorts ? 2 : 0);
    size_t value = number == EXPRESSION_FP32 ? sizeof(float) : sizeof(double);

    return rows > SIZE_MAX / (EXPRESSION_MAX_DEPTH + 2) / value ? SIZE_MAX : buffers * rows * value;
}

static const char *describe(enum expression_fault fault)
{
    switch (fault) {
    case EXPRESSION_DIVISION_BY_ZERO:
        return "the divisor is 0";
    case EXPRESSION_LOG_NOT_POSITIVE:
        return "the logarithm's operand is 0 or less";
    case EXPRESSION_NOT_BOOLEAN:
        return "an operand is neither 0 nor 1";
    case EXPRESSION_NAN_PERCENTILE:
        return "a percentile is wanted of rows with a NaN";
    default:
        return "it failed";
    }
}

bool expression_eval(const struct expression *expression, enum expression_number number, const void *const *columns,
                     size_t rows, void *out, void *scratch, struct expression_error *error)
{
    const struct step *refused = NULL;

    error->row = 0;
    error->fault = EXPRESSION_NO_FAULT;
    error->text[0] = '\0';
    if (rows == 0)
        return true;
    if (number == EXPRESSION_FP32)
        refused = run_fp32(expression, columns, rows, out, scratch, &error->fault, &error->row);
    else
        refused = run_fp64(expression, columns, rows, out, scratch, &error->fault, &error->row);
    if (!refused)
        return true;
    snprintf(error->text, sizeof error->text, "token %u '%.*s': %s", refused->ordinal, (int)refused->length,
             expression->text + refused->at, describe(error->fault));
    return false;
}
