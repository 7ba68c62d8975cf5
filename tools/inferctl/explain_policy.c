// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A node's policies as JSON, by the host's option table: those that the config gives, with the defaults of what it
// leaves out within them.
#include "explain.h"

#include "plan/policy_read.h"

static json_t *struct_of(const struct inferd_option *table, const void *from);

static json_t *texts_of(const struct inferd_list *list)
{
    const char *const *texts = list->items;
    json_t *array = json_array();

    for (size_t i = 0; i < list->count; i++)
        json_array_append_new(array, json_string(texts[i]));
    return array;
}

static json_t *map_of(const struct inferd_list *list)
{
    const struct inferd_pair *pairs = list->items;
    json_t *object = json_object();

    for (size_t i = 0; i < list->count; i++)
        json_object_set_new(object, pairs[i].key, json_string(pairs[i].value));
    return object;
}

static json_t *value_of(const struct inferd_option *option, const void *field)
{
    switch (option->type) {
    case INFERD_OPTION_BOOL:
        return json_boolean(*(const bool *)field);
    case INFERD_OPTION_INT:
        return json_integer(*(const int64_t *)field);
    case INFERD_OPTION_REAL:
        return json_real(*(const double *)field);
    case INFERD_OPTION_STRING:
        return json_string(*(const char *const *)field);
    case INFERD_OPTION_STRINGS:
        return texts_of(field);
    case INFERD_OPTION_MAP:
        return map_of(field);
    case INFERD_OPTION_OBJECT:
        return struct_of(option->nested, field);
    default:
        return json_null();
    }
}

static json_t *struct_of(const struct inferd_option *table, const void *from)
{
    json_t *object = json_object();

    for (const struct inferd_option *option = table; option->name; option++)
        json_object_set_new(object, option->name, value_of(option, (const char *)from + option->offset));
    return object;
}

json_t *explain_policy(const struct plan_policy *policy)
{
    json_t *object = json_object();

    if (!policy || !policy->asked)
        return object;
    for (const struct inferd_option *const *given = policy->given; *given; given++)
        json_object_set_new(object, (*given)->name, value_of(*given, (const char *)policy->asked + (*given)->offset));
    return object;
}
