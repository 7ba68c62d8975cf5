# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# The root component: shapes the matrix of a request.

pkglib_LTLIBRARIES += plugins/init.la
plugins_init_la_CPPFLAGS = $(PLUGIN_CPPFLAGS)
plugins_init_la_LDFLAGS = $(PLUGIN_LINKFLAGS)
plugins_init_la_SOURCES = \
    plugins/init/entities.c \
    plugins/init/init.h \
    plugins/init/module.c \
    plugins/init/predict.c
EXTRA_DIST += plugins/init/README.md
