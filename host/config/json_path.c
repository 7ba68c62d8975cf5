// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Writes steps of JSON paths.
#include "config/json_path.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

static bool is_plain(const char *name)
{
    if (!*name)
        return false;
    for (; *name; name++)
        if (!isalnum((unsigned char)*name) && *name != '_' && *name != '-')
            return false;
    return true;
}

void json_path_member(struct text *path, const char *name)
{
    if (is_plain(name)) {
        text_printf(path, "%s%s", path->len ? "." : "", name);
        return;
    }
    text_add(path, "[");
    text_json(path, name, strlen(name));
    text_add(path, "]");
}

void json_path_item(struct text *path, size_t index)
{
    text_printf(path, "[%zu]", index);
}
