# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Scores rows on a model server.

pkglib_LTLIBRARIES += plugins/predator.la
plugins_predator_la_CPPFLAGS = $(PLUGIN_CPPFLAGS)
plugins_predator_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_predator_la_SOURCES = \
    plugins/predator/bind.c \
    plugins/predator/check.c \
    plugins/predator/component.c \
    plugins/predator/contents.c \
    plugins/predator/cut.c \
    plugins/predator/cut.h \
    plugins/predator/module.c \
    plugins/predator/options.c \
    plugins/predator/options.h \
    plugins/predator/pieces.c \
    plugins/predator/predator.h \
    plugins/predator/reply.c \
    plugins/predator/reply.h \
    plugins/predator/request.c \
    plugins/predator/request.h \
    plugins/predator/routes.c \
    plugins/predator/run.c \
    plugins/predator/scores.c \
    plugins/predator/scores.h \
    plugins/predator/shape.c \
    plugins/predator/tensor.c \
    plugins/predator/tensor.h
EXTRA_DIST += plugins/predator/README.md
