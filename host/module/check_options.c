// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Option tables of kinds. A mistake here would otherwise show as a write outside the module's struct.
#include "module/check.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define FAIL(...) (snprintf(error, size, __VA_ARGS__), false)

// The field of each type: its size, its alignment, and what JSON its fallback is.
struct field {
    size_t size, align;
    const char *json; // for messages
};

#define FIELD(type, json)                                                                                              \
    {                                                                                                                  \
        sizeof(type), _Alignof(type), json                                                                             \
    }

static const struct field fields[] = {
    [INFERD_OPTION_BOOL] = FIELD(bool, "true or false"),
    [INFERD_OPTION_INT] = FIELD(int64_t, "an integer"),
    [INFERD_OPTION_REAL] = FIELD(double, "a number"),
    [INFERD_OPTION_STRING] = FIELD(const char *, "a string in quotes"),
    [INFERD_OPTION_TYPE] = FIELD(struct inferd_typed_name, "a string in quotes"),
    [INFERD_OPTION_INTS] = FIELD(struct inferd_list, "an array of integers"),
    [INFERD_OPTION_STRINGS] = FIELD(struct inferd_list, "an array of strings"),
    [INFERD_OPTION_MAP] = FIELD(struct inferd_list, "an object"),
    [INFERD_OPTION_OBJECT] = {1, 1, "an object"}, // checked by its own table
    [INFERD_OPTION_LIST] = FIELD(struct inferd_list, "an array of objects"),
    [INFERD_OPTION_INT_LISTS] = FIELD(struct inferd_list, "an array of arrays of integers"),
    [INFERD_OPTION_MEMBERS] = FIELD(struct inferd_list, "an object"),
};

static bool known_type(uint32_t type)
{
    return type >= INFERD_OPTION_BOOL && type < sizeof fields / sizeof *fields;
}

static bool array_of(const json_t *value, json_type item)
{
    size_t at;
    json_t *each;

    if (!json_is_array(value))
        return false;
    json_array_foreach((json_t *)(uintptr_t)value, at, each) if (json_typeof(each) != item) return false;
    return true;
}

static bool right_json(uint32_t type, const json_t *value)
{
    switch (type) {
    case INFERD_OPTION_BOOL:
        return json_is_boolean(value);
    case INFERD_OPTION_INT:
        return json_is_integer(value);
    case INFERD_OPTION_REAL:
        return json_is_number(value);
    case INFERD_OPTION_STRING:
    case INFERD_OPTION_TYPE:
        return json_is_string(value);
    case INFERD_OPTION_INTS:
        return array_of(value, JSON_INTEGER);
    case INFERD_OPTION_STRINGS:
        return array_of(value, JSON_STRING);
    case INFERD_OPTION_INT_LISTS:
        return array_of(value, JSON_ARRAY);
    case INFERD_OPTION_LIST:
        return array_of(value, JSON_OBJECT);
    default: // MAP, OBJECT, MEMBERS
        return json_is_object(value);
    }
}

bool module_check_fallback(const struct inferd_option *option, char *error, size_t size)
{
    json_error_t why;
    json_t *value = json_loads(option->fallback, JSON_DECODE_ANY, &why);
    bool right = value != NULL && right_json(option->type, value);
    double number = right && json_is_number(value) ? json_number_value(value) : 0;
    bool bounded = option->min != option->max && json_is_number(value);

    json_decref(value);
    if (!right)
        return FAIL("fallback %.64s must be %s, as JSON text", option->fallback, fields[option->type].json);
    if (bounded && !(number >= option->min && number <= option->max))
        return FAIL("fallback %.64s is out of its range %g to %g", option->fallback, option->min, option->max);
    return true;
}

static bool check_flags(const struct inferd_option *option, char *error, size_t size)
{
    const uint32_t known =
        INFERD_OPTION_REQUIRED | INFERD_OPTION_SECRET | INFERD_OPTION_UNUSED | INFERD_OPTION_ENDPOINT;

    if (option->flags & ~known)
        return FAIL("flags 0x%x hold bits that ABI " MODULE_ABI " doesn't know; see enum inferd_option_flags",
                    option->flags);
    if ((option->flags & INFERD_OPTION_REQUIRED) && option->fallback != NULL)
        return FAIL("it is required and has a fallback; drop one");
    return true;
}

// Whether an entry nests a table, and one that it can use.
static bool check_nesting(const struct inferd_option *option, char *error, size_t size)
{
    bool members = option->type == INFERD_OPTION_MEMBERS, list = option->type == INFERD_OPTION_LIST || members;
    bool nests = list || option->type == INFERD_OPTION_OBJECT;
    const struct inferd_option *nested = option->nested;

    if (nests != (nested != NULL))
        return FAIL("%s", nests ? "an OBJECT, LIST or MEMBERS needs its nested table"
                                : "only OBJECT, LIST and MEMBERS nest a table");
    if (list && option->nested_size == 0)
        return FAIL("a LIST or MEMBERS needs nested_size, the size of one item's struct");
    if (members && (!nested[0].name || nested[0].type != INFERD_OPTION_STRING || !nested[1].name))
        return FAIL("the nested table of MEMBERS begins with a STRING, for a member's name, and an option for its "
                    "value");
    return true;
}

// One entry, its name apart. 'room' is the size of the struct its field is in.
static bool check_entry(const struct inferd_option *option, size_t room, char *error, size_t size)
{
    const struct field *field = &fields[option->type];

    if (!check_flags(option, error, size))
        return false;
    if (option->offset > room || field->size > room - option->offset)
        return FAIL("its field (offset %zu, %zu bytes) is not within the struct of %zu bytes; use offsetof() and "
                    "sizeof of one struct",
                    option->offset, field->size, room);
    if (option->offset % field->align != 0)
        return FAIL("offset %zu can't be that of a field of its type", option->offset);
    if (isnan(option->min) || isnan(option->max) || option->min > option->max)
        return FAIL("range %g to %g is none", option->min, option->max);
    if (!check_nesting(option, error, size))
        return false;
    return option->fallback == NULL || module_check_fallback(option, error, size);
}

// One name may stand for several JSON shapes, each with its own field: a list and an object, a number and a text.
static bool same_name(const struct inferd_option *a, const struct inferd_option *b)
{
    const char *names[] = {a->name, a->alias};

    for (size_t i = 0; i < 2 && a->type == b->type; i++)
        if (names[i] != NULL && (strcmp(names[i], b->name) == 0 || (b->alias && strcmp(names[i], b->alias) == 0)))
            return true;
    return false;
}

static bool check_names(const struct inferd_option *table, const struct inferd_option *option, char *error, size_t size)
{
    const char *names[] = {option->name, option->alias};

    for (size_t i = 0; i < 2; i++)
        if (names[i] != NULL && !module_name_valid(names[i], "A_", "A0_.-"))
            return FAIL("\"%.64s\" is no name of an option: letters, digits, '_', '.' and '-', at most %d of them",
                        names[i], MODULE_NAME_MAX);
    if (option->shape != NULL && !module_name_valid(option->shape, "A_", "A0_.-"))
        return FAIL("\"%.64s\" is no name of a shape: letters, digits, '_', '.' and '-', at most %d of them",
                    option->shape, MODULE_NAME_MAX);
    for (const struct inferd_option *other = table; other != option; other++)
        if (same_name(other, option))
            return FAIL("its name or alias is also one of \"%s\", of the same type; rename one", other->name);
    return true;
}

bool module_check_options(const struct inferd_options *options, const char *what, char *error, size_t size)
{
    char why[256], path[192];

    for (const struct inferd_option *option = options->table; option != NULL && option->name != NULL; option++) {
        struct inferd_options nested = {option->nested, option->nested_size};

        snprintf(path, sizeof path, "%s, option \"%.64s\"", what, option->name);
        if (!check_names(options->table, option, why, sizeof why))
            return FAIL("%s: %s", path, why);
        if (!known_type(option->type))
            return FAIL("%s: type %u is none that ABI " MODULE_ABI " knows; see enum inferd_option_type", path,
                        option->type);
        if (option->flags & INFERD_OPTION_UNUSED) // nothing is ever written
            continue;
        if (!check_entry(option, options->size, why, sizeof why))
            return FAIL("%s: %s", path, why);
        if (option->type == INFERD_OPTION_OBJECT)
            nested.size = options->size - option->offset;
        if (option->nested != NULL && !module_check_options(&nested, path, error, size))
            return false;
    }
    return true;
}
