# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Fetches features from a feature store.

pkglib_LTLIBRARIES += plugins/feature.la
plugins_feature_la_CPPFLAGS = $(PLUGIN_CPPFLAGS)
plugins_feature_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_feature_la_SOURCES = \
    plugins/feature/bind.c \
    plugins/feature/cached.c \
    plugins/feature/component.c \
    plugins/feature/even.c \
    plugins/feature/even.h \
    plugins/feature/even_take.c \
    plugins/feature/feature.h \
    plugins/feature/keys.c \
    plugins/feature/keys.h \
    plugins/feature/losses.tbl \
    plugins/feature/metrics.c \
    plugins/feature/module.c \
    plugins/feature/options.c \
    plugins/feature/options.h \
    plugins/feature/query.c \
    plugins/feature/query.h \
    plugins/feature/reply.c \
    plugins/feature/run.c \
    plugins/feature/run.h \
    plugins/feature/schema.c \
    plugins/feature/schema.h \
    plugins/feature/shape.c \
    plugins/feature/share.c \
    plugins/feature/values.h
EXTRA_DIST += plugins/feature/README.md
