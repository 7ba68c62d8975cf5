// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A kind's description as JSON.
#include "kind_text.h"

#include <math.h>

#include "plan/tables.h"

// Sets a member unless there is nothing to say.
static void set_text(json_t *object, const char *name, const char *text)
{
    if (text != NULL)
        json_object_set_new(object, name, json_string(text));
}

static void set_flag(json_t *object, const char *name, uint32_t set)
{
    if (set)
        json_object_set_new(object, name, json_true());
}

// JSON has no infinity: that bound is missing.
static void set_bound(json_t *object, const char *name, double bound)
{
    if (!isfinite(bound))
        return;
    json_object_set_new(
        object, name, bound == floor(bound) && fabs(bound) < 1e15 ? json_integer((json_int_t)bound) : json_real(bound));
}

static void set_range(json_t *object, double min, double max)
{
    if (min == max)
        return;
    set_bound(object, "min", min);
    set_bound(object, "max", max);
}

static void set_flags(json_t *object, uint32_t flags)
{
    set_flag(object, "required", flags & INFERD_OPTION_REQUIRED);
    set_flag(object, "secret", flags & INFERD_OPTION_SECRET);
    set_flag(object, "unused", flags & INFERD_OPTION_UNUSED);
    set_flag(object, "endpoint", flags & INFERD_OPTION_ENDPOINT);
}

static json_t *options_json(const struct inferd_option *table)
{
    json_t *array = json_array();

    for (const struct inferd_option *option = table; option != NULL && option->name != NULL; option++) {
        json_t *object = json_object();

        set_text(object, "name", option->name);
        set_text(object, "alias", option->alias);
        set_text(object, "type", kind_type_name(option->type));
        set_flags(object, option->flags);
        if (option->fallback != NULL)
            json_object_set_new(object, "default", json_loads(option->fallback, JSON_DECODE_ANY, NULL));
        set_range(object, option->min, option->max);
        set_text(object, "unit", option->unit);
        set_text(object, "help", option->help);
        set_text(object, "shape", option->shape);
        if (option->nested != NULL)
            json_object_set_new(object, "options", options_json(option->nested));
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *settings_json(const struct inferd_setting *table)
{
    json_t *array = json_array();

    for (const struct inferd_setting *setting = table; setting != NULL && setting->option != NULL; setting++) {
        json_t *object = json_object();

        set_text(object, "option", setting->option);
        set_text(object, "environment", setting->environment);
        set_text(object, "also", setting->also);
        set_text(object, "type", kind_type_name(setting->type));
        set_flags(object, setting->flags);
        set_text(object, "default", setting->fallback);
        set_range(object, setting->min, setting->max);
        set_text(object, "unit", setting->unit);
        set_text(object, "help", setting->help);
        json_array_append_new(array, object);
    }
    return array;
}

json_t *kind_json(const struct module_kind *found)
{
    const struct inferd_kind *kind = found->kind;
    const struct inferd_module *module = &found->module->info;
    json_t *object = json_object();

    set_text(object, "kind", kind->name);
    set_text(object, "description", kind->description);
    set_text(object, "module", module->name);
    set_text(object, "version", module->version);
    set_text(object, "path", found->module->path);
    set_flag(object, "root", kind->flags & INFERD_KIND_ROOT);
    set_flag(object, "required", kind->flags & INFERD_KIND_REQUIRED);
    json_object_set_new(object, "rank", json_integer(kind->rank));
    set_text(object, "implicit", kind->implicit);
    json_object_set_new(object, "options", options_json(kind->options.table));
    json_object_set_new(object, "shared", options_json(kind->shared.table));
    json_object_set_new(object, "policies", options_json(kind->flags & INFERD_KIND_ROOT ? NULL : plan_component_table));
    json_object_set_new(object, "settings", settings_json(module->settings.table));
    return object;
}
