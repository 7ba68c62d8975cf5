// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Fills a module's struct from a JSON object by its option table. Every error names the JSON path, what is wrong and
// how to mend it; all errors of an object are found, not only the first.
#ifndef CONFIG_OPTIONS_H
#define CONFIG_OPTIONS_H

#include <jansson.h>
#include <inferd/option.h>
#include "base/arena.h"
#include "config/problems.h"

// The struct, in the arena; NULL after at least one problem. 'path' is the object's own JSON path. Members that the
// table doesn't name are left alone when in 'also' (NULL-terminated names), else a warning with the nearest name that
// exists. 'shape', unless it is NULL: the shape that the object's members tell, "" where none does.
void *options_fill(struct arena *arena, const struct inferd_options *options, const json_t *object, const char *path,
                   const char *const *also, const char **shape, struct problems *problems);
// Adds to 'out' a path within such an object as the object itself spells it: "a[1].b" where it has an alias of "a", or
// writes the list as an object of members. What it hasn't is left as it is.
void options_path(const struct inferd_option *table, const json_t *object, const char *path, struct text *out);

// The same from the text of a JSON object; 'path' names the text. That it is no JSON is a problem too.
void *options_fill_text(struct arena *arena, const struct inferd_options *options, const char *text, size_t len,
                        const char *path, struct problems *problems);

#endif
