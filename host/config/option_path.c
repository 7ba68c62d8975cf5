// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Paths as the config spells them. A module names its options by the names of its table and items of lists by their
// numbers; whoever wrote the config has maybe used an alias, or an object for the list, and looks for that.
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "config/json_path.h"
#include "config/option_fill.h"
#include "config/options.h"

// Where the walk is: a value, and the table of its members where it is an object that has one.
struct spot {
    const json_t *value;
    const struct inferd_option *option; // it belongs to; NULL: the object itself, or an item of a list
    const struct inferd_option *table;
};

// The option that stands for the one of that name: it, or one that shares its field and is there.
static const json_t *find(const struct spot *spot, const char *name, const char **key)
{
    const struct inferd_option *named = option_find(spot->table, name);
    const json_t *value = named ? option_find_member(spot->table, named, spot->value, key) : NULL;

    for (const struct inferd_option *o = spot->table; named && !value && o->name; o++)
        if (o->type == named->type && o->offset == named->offset)
            value = option_find_member(spot->table, o, spot->value, key);
    return value;
}

static bool step_into_member(struct spot *spot, const char *name, struct text *out)
{
    const char *key;
    const json_t *value;

    if (!spot->table || !json_is_object(spot->value) || !(value = find(spot, name, &key)))
        return false;
    json_path_member(out, key);
    spot->option = option_choose(spot->table, option_find(spot->table, key)->name, value);
    spot->table = spot->option && spot->option->type == INFERD_OPTION_OBJECT ? spot->option->nested : NULL;
    spot->value = value;
    return true;
}

static bool step_into_item(struct spot *spot, size_t index, struct text *out)
{
    const char *key = NULL;
    json_t *value;

    if (!spot->option)
        return false;
    if (spot->option->type == INFERD_OPTION_MEMBERS) {
        json_object_foreach((json_t *)spot->value, key, value)
        {
            if (index-- == 0) {
                json_path_member(out, key);
                *spot = (struct spot){.value = value};
                return true;
            }
        }
        return false;
    }
    json_path_item(out, index);
    spot->value = json_array_get(spot->value, index);
    spot->table = spot->option->type == INFERD_OPTION_LIST ? spot->option->nested : NULL;
    spot->option = NULL;
    return true;
}

void options_path(const struct inferd_option *table, const json_t *object, const char *path, struct text *out)
{
    struct spot spot = {.value = object, .table = table};
    char name[128], *end;

    while (*path) {
        size_t len;

        if (*path == '[' && isdigit((unsigned char)path[1])) {
            size_t index = strtoul(path + 1, &end, 10);

            if (*end != ']' || !step_into_item(&spot, index, out))
                break;
            path = end + 1;
            if (spot.value && !spot.option && !spot.table && *path == '.')
                return; // a member of an object is its item's name and value, whichever of them is meant
            continue;
        }
        path += *path == '.';
        len = strcspn(path, ".[");
        if (len == 0 || len >= sizeof(name))
            break;
        memcpy(name, path, len);
        name[len] = '\0';
        if (!step_into_member(&spot, name, out))
            break;
        path += len;
    }
    if (*path && *path != '[' && *path != '.' && out->len)
        text_add(out, ".");
    text_add(out, *path == '.' && !out->len ? path + 1 : path);
}
