// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What is known of the modules of a path, a row for each file, as JSON: what --json prints, what a child hands back,
// and what tables are made of. Members: "path", "module", "version", "abi", "description", "kinds" (names), "refused"
// (why). Those that aren't known are missing.
#ifndef INFERCTL_ROWS_H
#define INFERCTL_ROWS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "module/registry.h"

// Rows by the files' notes: nothing of a module is run. NULL: no memory.
json_t *rows_noted(const char *path);
// Rows by opening the modules in this process. NULL: no memory.
json_t *rows_opened(const char *path);
// The same, in a process that may die of it: NULL with a message in error, which is about the modules where *died.
json_t *rows_opened_elsewhere(const char *path, bool *died, char *error, size_t size);
// The same, each file in a process of its own, so that a file that kills its process is known and refused; but what
// they would do to each other isn't. NULL: it could not be done; why has been said.
json_t *rows_opened_apart(const char *path);
// All together in a process, as the daemon has them; where that kills it, apart, to know which file did it. NULL: it
// could not be done; why has been said.
json_t *rows_opened_safely(const char *path);

// Loads what can be loaded of a path into this process; what can't is told for the command, for it may be why a kind
// isn't there. False: it could not be done; why has been said.
bool rows_load(struct registry *registry, const char *path, const char *command);

size_t rows_refused(const json_t *rows); // how many of them
void rows_print(const json_t *rows);     // as a table
bool rows_print_json(const json_t *rows);

#endif
