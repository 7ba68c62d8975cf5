// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The JSON Schema (2020-12) of a model's config, made from the tables that the daemon itself checks configs by.
//
// It takes whatever the daemon takes where names are spelled as in the tables (the daemon also takes them in other
// cases), and refuses what a table can tell; what only compiling can tell (the graph, columns, types) it leaves to
// inferctl check.
#ifndef INFERCTL_SCHEMA_H
#define INFERCTL_SCHEMA_H

#include <inferd/option.h>
#include <jansson.h>

// Prints that of the kinds that the modules of a path offer. What to exit with.
int schema_print(const char *path);
// The schema of an object that a table describes, with members that others look at ('also', a NULL-terminated list of
// names, or NULL).
json_t *schema_of_table(const struct inferd_option *table, const char *const *also);

#endif
