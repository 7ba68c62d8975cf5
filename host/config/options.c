// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Fills a struct by its option table: which member goes to which option, defaults, what is required, what is unknown.
// The values themselves are option_value.c's, the words of the problems option_say.c's.
#include "config/options.h"

#include <string.h>
#include <strings.h>
#include "config/json_text.h"
#include "config/nearest.h"
#include "config/option_fill.h"

// Names are compared for each option of each object, and most differ in their first letter.
static bool is(const char *known, const char *name, int (*compare)(const char *, const char *))
{
    return known && ((known[0] ^ name[0]) & ~('a' ^ 'A')) == 0 && compare(known, name) == 0;
}

const struct inferd_option *option_find(const struct inferd_option *table, const char *name)
{
    for (const struct inferd_option *o = table; o->name; o++)
        if (is(o->name, name, strcmp) || is(o->alias, name, strcmp))
            return o;
    for (const struct inferd_option *o = table; o->name; o++)
        if (is(o->name, name, strcasecmp) || is(o->alias, name, strcasecmp))
            return o;
    return NULL;
}

const json_t *option_find_member(const struct inferd_option *table, const struct inferd_option *option,
                                 const json_t *object, const char **key)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)object, name, value)
    {
        const struct inferd_option *o = option_find(table, name);

        if (o && strcmp(o->name, option->name) == 0 && !json_is_null(value)) {
            *key = name;
            return value;
        }
    }
    return NULL;
}

const struct inferd_option *option_choose(const struct inferd_option *table, const char *name, const json_t *value)
{
    const struct inferd_option *best = NULL;
    int best_fit = 0;

    for (const struct inferd_option *o = table; o->name; o++) {
        int fit = strcmp(o->name, name) == 0 ? option_fits(o, value) : 0;

        if (fit > best_fit) {
            best = o;
            best_fit = fit;
        }
    }
    return best;
}

static bool is_first_of_name(const struct inferd_option *table, const struct inferd_option *option)
{
    for (const struct inferd_option *o = table; o < option; o++)
        if (strcmp(o->name, option->name) == 0)
            return false;
    return true;
}

// An option's value where the config has none.
static void store_default(const struct fill *fill, const struct place *place, const struct inferd_option *option,
                          char *base)
{
    struct place at = {place, option->name, 0};
    void *field = base + option->offset;
    json_t *value;

    if (option->fallback) {
        value = json_text_read(option->fallback, strlen(option->fallback), JSON_DECODE_ANY, NULL);
        if (value && option_fits(option, value))
            option_store(fill, &at, option, value, field);
        else
            fill_complain(fill, &at, "the module's own default is wrong: %s", option->fallback);
        json_decref(value);
    } else if (option->type == INFERD_OPTION_STRING)
        *(const char **)field = "";
    else if (option->type == INFERD_OPTION_TYPE)
        ((struct inferd_typed_name *)field)->spelling = "";
    else if (option->type == INFERD_OPTION_OBJECT)
        option_store_struct(fill, &at, option->nested, NULL, NULL, field);
}

static bool is_one_of(const char *const *names, const char *name)
{
    for (; names && *names; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

static void warn_unknown(const struct fill *fill, const struct place *at, const struct inferd_option *table,
                         const char *const *also)
{
    struct nearest nearest;

    nearest_init(&nearest, at->name);
    for (const struct inferd_option *o = table; o->name; o++) {
        nearest_try(&nearest, o->name);
        nearest_try(&nearest, o->alias);
    }
    for (; also && *also; also++)
        nearest_try(&nearest, *also);
    if (nearest.found)
        fill_warn(fill, at, "is not known and has no effect; did you mean \"%s\"?", nearest.found);
    else
        fill_warn(fill, at, "is not known and has no effect");
}

// Members that no option takes, that two spellings give twice, or that have no effect any more.
static void check_members(const struct fill *fill, const struct place *place, const struct inferd_option *table,
                          const json_t *object, const char *const *also)
{
    const char *name, *first;
    json_t *value;

    json_object_foreach((json_t *)object, name, value)
    {
        const struct inferd_option *o = option_find(table, name);
        struct place at = {place, name, 0};

        if (!o) {
            if (!is_one_of(also, name))
                warn_unknown(fill, &at, table, also);
            continue;
        }
        if (o->flags & INFERD_OPTION_UNUSED)
            fill_warn(fill, &at, "is accepted but has no effect any more; leave it out");
        if (option_find_member(table, o, object, &first) && first != name && !json_is_null(value))
            fill_complain(fill, &at, "is given twice, also as \"%s\"; leave one of them out", first);
    }
}

// An object is of one shape: what its members tell must agree.
static void note_shape(const struct fill *fill, const struct place *at, const struct inferd_option *option)
{
    struct fill_shape *shape = fill->shape;
    struct text path;

    if (!option->shape)
        return;
    if (shape->name && strcmp(shape->name, option->shape) != 0) {
        fill_complain(fill, at,
                      "is written in the shape \"%s\", but %s in the shape \"%s\": write both in the same; the "
                      "options of each are told by inferctl kind",
                      option->shape, shape->where, shape->name);
        return;
    }
    if (shape->name)
        return;
    text_init(&path);
    fill_path(&path, at);
    shape->name = option->shape;
    shape->where = fill_string(fill, at, text_string(&path), path.len);
    text_free(&path);
}

void option_store_struct(const struct fill *fill, const struct place *place, const struct inferd_option *table,
                         const json_t *object, const char *const *also, void *base)
{
    const char *key;

    // Defaults first: options of one name may share a field.
    for (const struct inferd_option *o = table; o->name; o++) {
        const json_t *value = option_find_member(table, o, object, &key);

        if (!value || option_choose(table, o->name, value) != o)
            store_default(fill, place, o, base);
    }
    for (const struct inferd_option *o = table; o->name; o++) {
        const json_t *value = option_find_member(table, o, object, &key);
        const struct inferd_option *taker = value ? option_choose(table, o->name, value) : NULL;
        struct place at = {place, value ? key : o->name, 0};

        if (taker == o) {
            note_shape(fill, &at, o);
            option_store(fill, &at, o, value, (char *)base + o->offset);
        } else if (!is_first_of_name(table, o))
            continue;
        else if (value && !taker)
            fill_complain_shape(fill, &at, o, value);
        else if (!value && object && (o->flags & INFERD_OPTION_REQUIRED))
            fill_complain(fill, &at, "is missing: %s", o->help ? o->help : "it is required");
    }
    if (object)
        check_members(fill, place, table, object, also);
}

void *options_fill(struct arena *arena, const struct inferd_options *options, const json_t *object, const char *path,
                   const char *const *also, const char **shape, struct problems *problems)
{
    static const struct inferd_option nothing[1];
    struct fill_shape told = {NULL, NULL};
    struct fill fill = {arena, problems, &told};
    struct place root = {NULL, path, 0};
    size_t errors = problems->errors;
    void *base;

    if (!object) {
        fill_complain(&fill, &root, "there is no memory for it");
        return NULL;
    }
    if (!json_is_object(object)) {
        static const struct inferd_option object_option[2] = {{.name = "", .type = INFERD_OPTION_OBJECT}};

        fill_complain_shape(&fill, &root, object_option, object);
        return NULL;
    }
    base = fill_alloc(&fill, &root, options->size);
    if (base)
        option_store_struct(&fill, &root, options->table ? options->table : nothing, object, also, base);
    if (shape)
        *shape = told.name ? told.name : "";
    return problems->errors == errors ? base : NULL;
}

void *options_fill_text(struct arena *arena, const struct inferd_options *options, const char *text, size_t len,
                        const char *path, struct problems *problems)
{
    json_error_t error;
    json_t *json = json_text_read(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    void *filled = NULL;

    if (json)
        filled = options_fill(arena, options, json, path, NULL, NULL, problems);
    else
        problems_add(problems, PROBLEM_CONFIG, path, "is not JSON: line %d, column %d: %s", error.line, error.column,
                     error.text);
    json_decref(json);
    return filled;
}
