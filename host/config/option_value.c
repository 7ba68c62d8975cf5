// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Stores one JSON value in a field, by the type of its option. What is stored is copied: the JSON may go afterwards.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "config/option_fill.h"
#include "config/type_name.h"

static bool is_whole(const json_t *value)
{
    const double edge = 9007199254740992.0; // beyond, a double no longer tells integers apart

    return json_is_real(value) && fabs(json_real_value(value)) <= edge &&
           floor(json_real_value(value)) == json_real_value(value);
}

static bool is_int(const json_t *value)
{
    return json_is_integer(value) || is_whole(value);
}

int option_fits(const struct inferd_option *option, const json_t *value)
{
    const json_t *first = json_array_get(value, 0);

    switch (option->type) {
    case INFERD_OPTION_BOOL:
        return json_is_boolean(value) ? 2 : 0;
    case INFERD_OPTION_INT:
        return is_int(value) ? 2 : 0;
    case INFERD_OPTION_REAL:
        return json_is_number(value) ? 1 : 0;
    case INFERD_OPTION_STRING:
    case INFERD_OPTION_TYPE:
        return json_is_string(value) ? 2 : 0;
    case INFERD_OPTION_INTS:
        return json_is_array(value) ? 1 + (first && is_int(first)) : 0;
    case INFERD_OPTION_STRINGS:
        return json_is_array(value) ? 1 + json_is_string(first) : 0;
    case INFERD_OPTION_LIST:
        return json_is_array(value) ? 1 + json_is_object(first) : 0;
    case INFERD_OPTION_INT_LISTS:
        return json_is_array(value) ? 1 + json_is_array(first) : 0;
    case INFERD_OPTION_MAP:
    case INFERD_OPTION_OBJECT:
    case INFERD_OPTION_MEMBERS:
        return json_is_object(value) ? 2 : 0;
    default:
        return 0;
    }
}

static void check_range(const struct fill *fill, const struct place *place, const struct inferd_option *option,
                        double value)
{
    const char *unit = option->unit ? option->unit : "", *space = option->unit ? " " : "";

    if (option->min == option->max || (value >= option->min && value <= option->max))
        return;
    if (isinf(option->max))
        fill_complain(fill, place, "is %.15g; expected at least %.15g%s%s", value, option->min, space, unit);
    else if (isinf(option->min))
        fill_complain(fill, place, "is %.15g; expected at most %.15g%s%s", value, option->max, space, unit);
    else
        fill_complain(fill, place, "is %.15g; expected %.15g to %.15g%s%s", value, option->min, option->max, space,
                      unit);
}

static int64_t read_int(const struct fill *fill, const struct place *place, const struct inferd_option *option,
                        const json_t *value)
{
    int64_t n = json_is_integer(value) ? json_integer_value(value) : (int64_t)json_real_value(value);

    check_range(fill, place, option, (double)n);
    return n;
}

static struct inferd_typed_name read_type(const struct fill *fill, const struct place *place, const json_t *value)
{
    struct inferd_typed_name name;
    const char *near;

    name.spelling = fill_string(fill, place, json_string_value(value), json_string_length(value));
    name.type = type_name_read(json_string_value(value), json_string_length(value));
    if (name.type != INFERD_TYPE_UNKNOWN || !*name.spelling)
        return name;
    near = type_name_near(name.spelling);
    if (near)
        fill_complain(fill, place, "\"%s\" is no data type; did you mean \"%s\"?", name.spelling, near);
    else
        fill_complain(fill, place,
                      "\"%s\" is no data type; expected one such as \"FP32\", \"INT64\", \"BYTES\" or \"FP32Vector\"",
                      name.spelling);
    return name;
}

static size_t item_size(const struct inferd_option *option)
{
    switch (option->type) {
    case INFERD_OPTION_INTS:
        return sizeof(int64_t);
    case INFERD_OPTION_STRINGS:
        return sizeof(const char *);
    case INFERD_OPTION_INT_LISTS:
        return sizeof(struct inferd_list);
    default:
        return option->nested_size;
    }
}

// A list, item by item; an item is stored as an option of the item's own type.
static void store_list(const struct fill *fill, const struct place *place, const struct inferd_option *option,
                       const json_t *value, struct inferd_list *list)
{
    static const uint32_t item_types[] = {
        [INFERD_OPTION_INTS] = INFERD_OPTION_INT,
        [INFERD_OPTION_STRINGS] = INFERD_OPTION_STRING,
        [INFERD_OPTION_LIST] = INFERD_OPTION_OBJECT,
        [INFERD_OPTION_INT_LISTS] = INFERD_OPTION_INTS,
    };
    struct inferd_option item[2] = {*option};
    size_t count = json_array_size(value), size = item_size(option);
    char *items = count ? fill_alloc(fill, place, count * size) : NULL;

    item[0].type = item_types[option->type];
    for (size_t i = 0; items && i < count; i++) {
        struct place at = {place, NULL, i};
        const json_t *v = json_array_get(value, i);

        if (option_fits(item, v))
            option_store(fill, &at, item, v, items + i * size);
        else
            fill_complain_shape(fill, &at, item, v);
    }
    list->items = items;
    list->count = items ? count : 0;
}

static const char *read_text(const struct fill *fill, const struct place *place, const json_t *value)
{
    char number[40];

    if (json_is_string(value))
        return fill_string(fill, place, json_string_value(value), json_string_length(value));
    if (json_is_integer(value))
        snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else
        for (int digits = 15; digits <= 17; digits++) {
            snprintf(number, sizeof(number), "%.*g", digits, json_real_value(value));
            if (strtod(number, NULL) == json_real_value(value))
                break;
        }
    return fill_string(fill, place, number, strlen(number));
}

static int pair_order(const void *a, const void *b)
{
    return strcmp(((const struct inferd_pair *)a)->key, ((const struct inferd_pair *)b)->key);
}

static void store_map(const struct fill *fill, const struct place *place, const struct inferd_option *option,
                      const json_t *value, struct inferd_list *list)
{
    struct inferd_option item[2] = {*option};
    size_t count = json_object_size(value), n = 0;
    struct inferd_pair *pairs = count ? fill_alloc(fill, place, count * sizeof(*pairs)) : NULL;
    const char *key;
    json_t *v;

    item[0].type = INFERD_OPTION_STRING;
    if (pairs)
        json_object_foreach((json_t *)value, key, v)
        {
            struct place at = {place, key, 0};

            if (!json_is_string(v) && !json_is_number(v)) {
                fill_complain_shape(fill, &at, item, v);
                continue;
            }
            pairs[n].key = fill_string(fill, &at, key, strlen(key));
            pairs[n++].value = read_text(fill, &at, v);
        }
    if (n > 0)
        qsort(pairs, n, sizeof(*pairs), pair_order);
    list->items = n ? pairs : NULL;
    list->count = n;
}

// A list of structs that is written as an object: an item's name and its value are the first two of its options.
static void store_members(const struct fill *fill, const struct place *place, const struct inferd_option *option,
                          const json_t *value, struct inferd_list *list)
{
    const struct inferd_option *name = option->nested, *content = option->nested + 1;
    size_t count = json_object_size(value), n = 0;
    char *items = count ? fill_alloc(fill, place, count * option->nested_size) : NULL;
    const char *key;
    json_t *v;

    if (items)
        json_object_foreach((json_t *)value, key, v)
        {
            struct place at = {place, key, 0};
            char *item = items + n++ * option->nested_size;

            option_store_struct(fill, &at, option->nested, NULL, NULL, item);
            *(const char **)(item + name->offset) = fill_string(fill, &at, key, strlen(key));
            if (option_fits(content, v))
                option_store(fill, &at, content, v, item + content->offset);
            else
                fill_complain_shape(fill, &at, content, v);
        }
    list->items = items;
    list->count = n;
}

void option_store(const struct fill *fill, const struct place *place, const struct inferd_option *option,
                  const json_t *value, void *field)
{
    switch (option->type) {
    case INFERD_OPTION_BOOL:
        *(bool *)field = json_is_true(value);
        break;
    case INFERD_OPTION_INT:
        *(int64_t *)field = read_int(fill, place, option, value);
        break;
    case INFERD_OPTION_REAL:
        *(double *)field = json_number_value(value);
        check_range(fill, place, option, *(double *)field);
        break;
    case INFERD_OPTION_STRING:
        *(const char **)field = fill_string(fill, place, json_string_value(value), json_string_length(value));
        break;
    case INFERD_OPTION_TYPE:
        *(struct inferd_typed_name *)field = read_type(fill, place, value);
        break;
    case INFERD_OPTION_MAP:
        store_map(fill, place, option, value, field);
        break;
    case INFERD_OPTION_OBJECT:
        option_store_struct(fill, place, option->nested, value, NULL, field);
        break;
    case INFERD_OPTION_MEMBERS:
        store_members(fill, place, option, value, field);
        break;
    default:
        store_list(fill, place, option, value, field);
    }
}
