# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Combines columns by an expression, on a Numerix server or here.

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
# Its results are promised to the last bit: no product and sum in one rounding. Columns are long enough for vectors.
NUMERIX_EXPRESSION_CFLAGS = -ffp-contract=off $(VECTORIZE_CFLAGS)

pkglib_LTLIBRARIES += plugins/numerix.la
plugins_numerix_la_CPPFLAGS = $(PLUGIN_CPPFLAGS)
plugins_numerix_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_numerix_la_SOURCES = \
    plugins/numerix/component.c \
    plugins/numerix/local.c \
    plugins/numerix/local_run.c \
    plugins/numerix/module.c \
    plugins/numerix/numerix.h \
    plugins/numerix/options.c \
    plugins/numerix/options.h \
    plugins/numerix/reply.c \
    plugins/numerix/reply.h \
    plugins/numerix/request.c \
    plugins/numerix/request.h \
    plugins/numerix/rows.c \
    plugins/numerix/rows.h \
    plugins/numerix/run.c \
    $(NUMERIX_EXPRESSION)
plugins_numerix_la_CFLAGS = $(AM_CFLAGS) $(NUMERIX_EXPRESSION_CFLAGS)
plugins_numerix_la_LIBADD = -lm
EXTRA_DIST += plugins/numerix/README.md
