// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What is said about a value that an option doesn't take: its path, what it is, what is expected, how to mend it.
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "config/json_path.h"
#include "config/option_fill.h"

static const char *const expected[] = {
    [INFERD_OPTION_BOOL] = "true or false",
    [INFERD_OPTION_INT] = "an integer",
    [INFERD_OPTION_REAL] = "a number",
    [INFERD_OPTION_STRING] = "a string",
    [INFERD_OPTION_TYPE] = "a data type's name in quotes (\"FP32\")",
    [INFERD_OPTION_INTS] = "a list of integers",
    [INFERD_OPTION_STRINGS] = "a list of strings",
    [INFERD_OPTION_MAP] = "an object whose values are strings",
    [INFERD_OPTION_OBJECT] = "an object",
    [INFERD_OPTION_LIST] = "a list of objects",
    [INFERD_OPTION_INT_LISTS] = "a list of lists of integers",
    [INFERD_OPTION_MEMBERS] = "an object, a member for each item",
};

enum { TYPES = sizeof(expected) / sizeof(expected[0]) };

void fill_path(struct text *out, const struct place *place)
{
    if (!place->up) {
        text_add(out, place->name);
        return;
    }
    fill_path(out, place->up);
    if (place->name)
        json_path_member(out, place->name);
    else
        json_path_item(out, place->index);
}

static void say(const struct fill *fill, enum problem_kind kind, const struct place *place, const char *format,
                va_list args)
{
    struct text path;

    text_init(&path);
    fill_path(&path, place);
    problems_vadd(fill->problems, kind, text_string(&path), format, args);
    text_free(&path);
}

void fill_complain(const struct fill *fill, const struct place *place, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say(fill, PROBLEM_CONFIG, place, format, args);
    va_end(args);
}

void fill_warn(const struct fill *fill, const struct place *place, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say(fill, PROBLEM_WARNING, place, format, args);
    va_end(args);
}

// A value of the config, as a message shows it.
static void describe(struct text *out, const json_t *value, bool secret)
{
    enum { SHOWN = 60 };

    switch (json_typeof(value)) {
    case JSON_STRING:
        text_add(out, "the string");
        if (!secret && json_string_length(value) <= SHOWN) {
            text_add(out, " ");
            text_json(out, json_string_value(value), json_string_length(value));
        }
        break;
    case JSON_INTEGER:
        text_add(out, "the number");
        if (!secret)
            text_printf(out, " %" JSON_INTEGER_FORMAT, json_integer_value(value));
        break;
    case JSON_REAL:
        text_add(out, "the number");
        if (!secret)
            text_printf(out, " %.15g", json_real_value(value));
        break;
    case JSON_OBJECT:
        text_add(out, "an object");
        break;
    case JSON_ARRAY:
        text_add(out, "a list");
        break;
    default:
        text_add(out, json_is_null(value) ? "null" : json_is_true(value) ? "true" : "false");
    }
}

static bool is_number_text(const char *text)
{
    char *end;

    strtod(text, &end);
    return end != text && !*end && !isspace((unsigned char)*text);
}

// How to make of the value what the option takes, if that is plain to see.
static void add_hint(struct text *out, const struct inferd_option *option, const json_t *value)
{
    const char *text = json_is_string(value) ? json_string_value(value) : NULL;
    bool secret = option->flags & INFERD_OPTION_SECRET;

    switch (option->type) {
    case INFERD_OPTION_INT:
    case INFERD_OPTION_REAL:
        if (text && is_number_text(text))
            text_printf(out, "; write %s without quotes", secret ? "it" : text);
        break;
    case INFERD_OPTION_BOOL:
        if (text && (strcasecmp(text, "true") == 0 || strcasecmp(text, "false") == 0))
            text_printf(out, "; write %s without quotes", tolower((unsigned char)*text) == 't' ? "true" : "false");
        break;
    case INFERD_OPTION_STRING:
        if (json_is_number(value) || json_is_boolean(value))
            text_add(out, "; write it in quotes");
        break;
    case INFERD_OPTION_INTS:
        if (json_is_integer(value))
            text_printf(out, "; write [%" JSON_INTEGER_FORMAT "]", json_integer_value(value));
        break;
    case INFERD_OPTION_STRINGS:
        if (text)
            text_add(out, "; write it in brackets: [\"…\"]");
        break;
    case INFERD_OPTION_LIST:
        if (json_is_object(value))
            text_add(out, "; write it in brackets: [{…}]");
        break;
    case INFERD_OPTION_INT_LISTS:
        if (json_is_array(value) || json_is_integer(value))
            text_add(out, "; write it in brackets: [[…]]");
        break;
    default:
        break;
    }
}

void fill_complain_shape(const struct fill *fill, const struct place *place, const struct inferd_option *option,
                         const json_t *value)
{
    struct text message;
    const char * or = "; expected ";

    text_init(&message);
    text_add(&message, "is ");
    describe(&message, value, option->flags & INFERD_OPTION_SECRET);
    for (const struct inferd_option *o = option; o->name; o++) {
        if (strcmp(o->name, option->name) != 0)
            continue;
        text_printf(&message, "%s%s", or, o->type < TYPES && expected[o->type] ? expected[o->type] : "?");
        or = ", or ";
    }
    add_hint(&message, option, value);
    fill_complain(fill, place, "%s", text_string(&message));
    text_free(&message);
}

void *fill_alloc(const struct fill *fill, const struct place *place, size_t size)
{
    void *memory = arena_zalloc(fill->arena, size);

    if (!memory)
        fill_complain(fill, place, "does not fit in memory (%zu bytes more were needed)", size);
    return memory;
}

const char *fill_string(const struct fill *fill, const struct place *place, const char *text, size_t len)
{
    const char *copy = arena_strndup(fill->arena, text, len);

    if (!copy)
        fill_complain(fill, place, "does not fit in memory (%zu bytes more were needed)", len + 1);
    return copy ? copy : "";
}
