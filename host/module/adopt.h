// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Copies what a module exports into structs and tables of this host's sizes: what an older module's are short of is
// zero. Only bounds are checked here; meaning is checked in check.c, on the copy.
#ifndef MODULE_ADOPT_H
#define MODULE_ADOPT_H

#include <stdbool.h>
#include <stddef.h>
#include <inferd/module.h>
#include "base/arena.h"

#define MODULE_KINDS_MAX 256
#define MODULE_OPTIONS_MAX 1024 // of one table
#define MODULE_NESTING_MAX 8    // of option tables

// 'exported' is the module's symbol, whose head has been accepted. Strings stay the module's. False with a message.
bool module_adopt(struct arena *arena, const void *exported, struct inferd_module *info, char *error, size_t size);
// The same for an option table that the module hands over later: *table becomes the copy.
bool module_adopt_options(struct arena *arena, const struct inferd_module *info, const struct inferd_option **table,
                          char *error, size_t size);

#endif
