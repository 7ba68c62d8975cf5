// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Takes the map of all models apart. What is in a model's config is not looked at.
#include "config/model_map.h"

#include <stdlib.h>
#include <string.h>
#include "base/log.h"
#include "config/json_text.h"

json_t *model_map_read(struct source *source, const char *where, const char *text, size_t len)
{
    const struct log_field fields[] = {{"key", where}, {NULL, NULL}};
    json_error_t error;
    json_t *map = json_text_read(text, len, JSON_REJECT_DUPLICATES, &error);

    if (json_is_object(map))
        return map;
    atomic_fetch_add(&source->refused, 1);
    log_line(LOG_ERROR, "config_map_unreadable", fields,
             "%s is no JSON object of model configs: %s (line %d, column %d); its models stay as they are", where,
             map ? "it is a list" : error.text, map ? 1 : error.line, map ? 1 : error.column);
    json_decref(map);
    return NULL;
}

bool model_map_each(const json_t *map, bool (*each)(void *user, const char *id, const char *text, size_t len),
                    void *user)
{
    const char *id;
    json_t *value;
    bool done = true;

    json_object_foreach((json_t *)map, id, value)
    {
        char *text = *id ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;

        if (*id)
            done = text && each(user, id, text, strlen(text)) && done;
        free(text);
    }
    return done;
}
