# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Combines columns by an expression on a Numerix server.

# Expressions, evaluated in process.
NUMERIX_EXPRESSION = \
    plugins/numerix/evaluate.c \
    plugins/numerix/expression.c \
    plugins/numerix/expression.h \
    plugins/numerix/kernels.inc \
    plugins/numerix/operators.tbl \
    plugins/numerix/program.h \
    plugins/numerix/token.c \
    plugins/numerix/token.h
# Its results are promised to the last bit: no product and sum in one rounding.
NUMERIX_EXPRESSION_CFLAGS = -ffp-contract=off
