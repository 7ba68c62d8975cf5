// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The servers that a config names, by the kinds' tables and the policies': an option says of itself that it is one.
#include <stdio.h>
#include <string.h>

#include "config/json_path.h"
#include "config/option_fill.h"
#include "explain.h"
#include "plan/tables.h"

struct looking {
    json_t *found;
    const char *component;
};

static void look(const struct looking *looking, const struct inferd_option *table, const json_t *object,
                 struct text *path);

static void add(const struct looking *looking, const char *address, const struct text *path)
{
    if (address && *address)
        json_array_append_new(looking->found, json_pack("{s:s, s:s, s:s}", "component", looking->component, "path",
                                                        text_string(path), "address", address));
}

static void look_at_list(const struct looking *looking, const struct inferd_option *option, const json_t *list,
                         struct text *path)
{
    size_t len = path->len, i;
    const json_t *item;

    json_array_foreach(list, i, item)
    {
        json_path_item(path, i);
        look(looking, option->nested, item, path);
        path->len = len;
    }
}

// An object that stands for a list: its members' names go to the first option of an item.
static void look_at_members(const struct looking *looking, const struct inferd_option *option, const json_t *object,
                            struct text *path)
{
    size_t len = path->len;
    const char *name;
    const json_t *value;

    json_object_foreach((json_t *)object, name, value)
    {
        json_path_member(path, name);
        if (option->nested[0].flags & INFERD_OPTION_ENDPOINT)
            add(looking, name, path);
        path->len = len;
    }
}

static void look(const struct looking *looking, const struct inferd_option *table, const json_t *object,
                 struct text *path)
{
    size_t len = path->len;
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)object, name, value)
    {
        const struct inferd_option *named = option_find(table, name);
        const struct inferd_option *option = named ? option_choose(table, named->name, value) : NULL;

        if (!option)
            continue;
        json_path_member(path, name);
        if (option->flags & INFERD_OPTION_ENDPOINT)
            add(looking, json_string_value(value), path);
        else if (option->type == INFERD_OPTION_OBJECT)
            look(looking, option->nested, value, path);
        else if (option->type == INFERD_OPTION_LIST)
            look_at_list(looking, option, value, path);
        else if (option->type == INFERD_OPTION_MEMBERS)
            look_at_members(looking, option, value, path);
        path->len = len;
    }
}

// A component's object in the config's text, by where the plan says it stands.
static const json_t *object_of(const json_t *config, const struct inferd_self *self)
{
    const json_t *all = json_object_get(config, "component_config");
    char member[192];
    const json_t *item;
    size_t i;

    snprintf(member, sizeof(member), "%s_components", self->info.kind);
    json_array_foreach(json_object_get(all, member), i, item)
    {
        const char *name = json_string_value(json_object_get(item, "component"));

        if (name && strcmp(name, self->info.name) == 0)
            return item;
    }
    item = json_object_get(json_object_get(all, member), self->info.name);
    snprintf(member, sizeof(member), "%s_component_config", self->info.kind);
    return item ? item : json_object_get(json_object_get(all, member), self->info.name);
}

json_t *explain_endpoints(const struct plan *plan, const char *text, size_t len)
{
    json_t *config = json_loadb(text, len, 0, NULL), *found = json_array();

    for (uint32_t i = 0; i < plan->component_count; i++) {
        const struct inferd_self *self = plan->components[i];
        const struct looking looking = {found, self->info.name};
        const json_t *object = self->configured ? object_of(config, self) : NULL;
        struct text path;

        text_init(&path);
        if (object && self->kind->kind->options.table)
            look(&looking, self->kind->kind->options.table, object, &path);
        if (object)
            look(&looking, plan_component_table, object, &path);
        text_free(&path);
    }
    json_decref(config);
    return found;
}
