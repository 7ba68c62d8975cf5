// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A table of options as a JSON Schema. Options of one name are forms of one option: a value may have any of them.
#include "schema.h"

#include <math.h>
#include <string.h>

#include "base/text.h"

static json_t *typed(const char *type)
{
    return json_pack("{s:s}", "type", type);
}

static void set_bound(json_t *schema, const char *name, double bound)
{
    if (isfinite(bound))
        json_object_set_new(schema, name,
                            bound == floor(bound) && fabs(bound) < 1e15 ? json_integer((json_int_t)bound)
                                                                        : json_real(bound));
}

static json_t *number(const struct inferd_option *option, const char *type)
{
    json_t *schema = typed(type);

    if (option->min != option->max) {
        set_bound(schema, "minimum", option->min);
        set_bound(schema, "maximum", option->max);
    }
    return schema;
}

static json_t *list_of(json_t *items)
{
    return json_pack("{s:s, s:o}", "type", "array", "items", items);
}

static json_t *value_schema(const struct inferd_option *option);

// An object whose members are items, and their values the second of the item's options.
static json_t *members_of(const struct inferd_option *option)
{
    return json_pack("{s:s, s:o}", "type", "object", "additionalProperties", value_schema(option->nested + 1));
}

static json_t *value_schema(const struct inferd_option *option)
{
    switch (option->type) {
    case INFERD_OPTION_BOOL:
        return typed("boolean");
    case INFERD_OPTION_INT:
        return number(option, "integer");
    case INFERD_OPTION_REAL:
        return number(option, "number");
    case INFERD_OPTION_STRING:
        return typed("string");
    case INFERD_OPTION_TYPE:
        return json_pack("{s:s}", "$ref", "#/$defs/data_type");
    case INFERD_OPTION_INTS:
        return list_of(number(option, "integer"));
    case INFERD_OPTION_STRINGS:
        return list_of(typed("string"));
    case INFERD_OPTION_MAP:
        return json_pack("{s:s, s:{s:[s, s]}}", "type", "object", "additionalProperties", "type", "string", "number");
    case INFERD_OPTION_OBJECT:
        return schema_of_table(option->nested, NULL);
    case INFERD_OPTION_LIST:
        return list_of(schema_of_table(option->nested, NULL));
    case INFERD_OPTION_INT_LISTS:
        return list_of(list_of(number(option, "integer")));
    case INFERD_OPTION_MEMBERS:
        return members_of(option);
    default:
        return json_object(); // of a later ABI: anything
    }
}

static void describe(json_t *schema, const struct inferd_option *option)
{
    struct text text;

    text_init(&text);
    text_add(&text, option->help ? option->help : "");
    if (option->unit)
        text_printf(&text, "%s(%s)", text.len ? " " : "", option->unit);
    if (text.len)
        json_object_set_new(schema, "description", json_string(text_string(&text)));
    text_free(&text);
    if (option->fallback)
        json_object_set_new(schema, "default", json_loads(option->fallback, JSON_DECODE_ANY, NULL));
    if (option->flags & INFERD_OPTION_UNUSED)
        json_object_set_new(schema, "deprecated", json_true());
}

// All forms of an option; null is as good as nothing, but where something is required.
static json_t *forms_of(const struct inferd_option *first)
{
    json_t *forms = json_array(), *schema;

    for (const struct inferd_option *o = first; o->name; o++)
        if (strcmp(o->name, first->name) == 0)
            json_array_append_new(forms, value_schema(o));
    if (!(first->flags & INFERD_OPTION_REQUIRED))
        json_array_append_new(forms, typed("null"));
    schema = json_array_size(forms) == 1 ? json_incref(json_array_get(forms, 0)) : json_pack("{s:O}", "anyOf", forms);
    json_decref(forms);
    describe(schema, first);
    return schema;
}

static bool is_first(const struct inferd_option *table, const struct inferd_option *option)
{
    for (const struct inferd_option *o = table; o < option; o++)
        if (strcmp(o->name, option->name) == 0)
            return false;
    return true;
}

static void require(json_t *all, const struct inferd_option *option)
{
    if (option->alias)
        json_array_append_new(
            all, json_pack("{s:[{s:[s]}, {s:[s]}]}", "anyOf", "required", option->name, "required", option->alias));
    else
        json_array_append_new(all, json_pack("{s:[s]}", "required", option->name));
}

json_t *schema_of_table(const struct inferd_option *table, const char *const *also)
{
    json_t *properties = json_object(), *all = json_array(), *schema;

    for (; also && *also; also++)
        json_object_set_new(properties, *also, json_true());
    for (const struct inferd_option *o = table; o && o->name; o++) {
        if (!is_first(table, o))
            continue;
        json_object_set_new(properties, o->name, forms_of(o));
        if (o->alias)
            json_object_set_new(properties, o->alias, forms_of(o));
        if (o->flags & INFERD_OPTION_REQUIRED)
            require(all, o);
    }
    schema = json_pack("{s:s, s:o}", "type", "object", "properties", properties);
    if (json_array_size(all))
        json_object_set(schema, "allOf", all);
    json_decref(all);
    return schema;
}
