// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Inside of options_fill(), shared by its files only: where a value stands in the JSON, and what is said about it.
#ifndef CONFIG_OPTION_FILL_H
#define CONFIG_OPTION_FILL_H

#include <stdbool.h>
#include <jansson.h>
#include <inferd/option.h>
#include "base/arena.h"
#include "config/problems.h"

// The shape that members of the object have told so far, and which member it was.
struct fill_shape {
    const char *name; // NULL: none has
    const char *where;
};

struct fill {
    struct arena *arena;
    struct problems *problems;
    struct fill_shape *shape;
};

// Where a value stands: a chain on the stack, made into a path only when something is wrong.
struct place {
    const struct place *up; // NULL: the object that options_fill() was given
    const char *name;       // member's name, the whole path of the outermost; NULL: an item of a list
    size_t index;
};

void fill_complain(const struct fill *fill, const struct place *place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void fill_warn(const struct fill *fill, const struct place *place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
// Says that the value is not what the options (entries of one name, from 'option' on) take, and how to mend it.
void fill_complain_shape(const struct fill *fill, const struct place *place, const struct inferd_option *option,
                         const json_t *value);
// Its path.
void fill_path(struct text *out, const struct place *place);
// Zeroed memory of the arena; NULL after a problem.
void *fill_alloc(const struct fill *fill, const struct place *place, size_t size);
const char *fill_string(const struct fill *fill, const struct place *place, const char *text, size_t len);

// The first option that goes by that name; letters' case counts only when another option is spelled exactly so.
const struct inferd_option *option_find(const struct inferd_option *table, const char *name);
// The member that goes to the option, NULL where there is none or a null; 'key': how it is spelled.
const json_t *option_find_member(const struct inferd_option *table, const struct inferd_option *option,
                                 const json_t *object, const char **key);
// Of the options of one name the one that fits the value best; NULL where none does.
const struct inferd_option *option_choose(const struct inferd_option *table, const char *name, const json_t *value);
// How well a value fits an option: 0 not at all, 1 it has its JSON type, 2 so has the first item in it.
int option_fits(const struct inferd_option *option, const json_t *value);
// Stores a value that fits in the option's field.
void option_store(const struct fill *fill, const struct place *place, const struct inferd_option *option,
                  const json_t *value, void *field);
// Fills a struct; object NULL: with defaults only, and nothing is required.
void option_store_struct(const struct fill *fill, const struct place *place, const struct inferd_option *table,
                         const json_t *object, const char *const *also, void *base);

#endif
