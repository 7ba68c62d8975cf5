// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Finds the config that is to be explained: in a file, or in the source that the daemon would read.
#include <errno.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/nearest.h"
#include "daemon/sources.h"
#include "explain.h"

void explain_text_free(struct explain_text *found)
{
    free(found->text);
    free(found->where);
    free(found->model);
    free(found->nearest);
}

static char *read_file(const char *path, size_t *len)
{
    FILE *file = fopen(path, "re");
    char *text = NULL;

    *len = 0;
    if (!file)
        return NULL;
    if (getdelim(&text, len, EOF, file) < 0) {
        free(text);
        text = errno ? NULL : strdup("");
    }
    if (text)
        *len = strlen(text);
    fclose(file);
    return text;
}

// The file's name without its directory and ".json".
static char *stem_of(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    size_t len = strlen(name);

    return strndup(name, len > 5 && strcmp(name + len - 5, ".json") == 0 ? len - 5 : len);
}

static bool is_model(const json_t *value)
{
    return json_object_get(value, "component_config") || json_object_get(value, "dag_execution_config");
}

// Of a map of models, {"<id>": {…}}, the one of that id, or its only one. False: it has no such model.
static bool take_of_map(struct explain_text *found, const json_t *map, const char *model)
{
    struct nearest nearest;
    const char *id;
    json_t *value;

    nearest_init(&nearest, model ? model : "");
    json_object_foreach((json_t *)map, id, value)
    {
        if (model ? strcmp(id, model) == 0 : json_object_size(map) == 1) {
            free(found->text);
            free(found->model);
            found->text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
            found->len = found->text ? strlen(found->text) : 0;
            found->model = strdup(id);
            return found->text && found->model;
        }
        nearest_try(&nearest, id);
    }
    if (!model)
        snprintf(found->trouble, sizeof found->trouble, "%s: holds %zu models: say which", found->where,
                 json_object_size(map));
    found->nearest = nearest.found ? strdup(nearest.found) : NULL;
    return false;
}

bool explain_find_in_file(struct explain_text *found, const char *file, const char *model)
{
    void *first;
    bool done = true;
    json_t *json;

    errno = 0;
    found->text = read_file(file, &found->len);
    if (!found->text) {
        snprintf(found->trouble, sizeof found->trouble, "%s: %s", file, strerror(errno));
        return false;
    }
    found->where = strdup(file);
    found->model = model ? strdup(model) : stem_of(file);
    json = json_loadb(found->text, found->len, 0, NULL);
    first = json_object_iter(json);
    if (first && !is_model(json) && is_model(json_object_iter_value(first)))
        done = take_of_map(found, json, model);
    json_decref(json);
    return done;
}

struct looking {
    struct explain_text *found;
    const char *model;
    sem_t done;
};

static void look(void *user, const struct source_revision *revision)
{
    struct looking *looking = user;
    struct explain_text *found = looking->found;
    struct nearest nearest;

    nearest_init(&nearest, looking->model);
    for (size_t i = 0; i < revision->count; i++) {
        const struct source_change *change = &revision->changes[i];

        if (!change->model || !change->value)
            continue;
        nearest_try(&nearest, change->model);
        if (strcmp(change->model, looking->model) != 0)
            continue;
        free(found->text);
        free(found->where);
        found->text = strndup(change->value, change->value_len);
        found->len = change->value_len;
        found->where = strdup(change->key);
    }
    if (!found->text && nearest.found)
        found->nearest = strdup(nearest.found);
    sem_post(&looking->done);
}

static void away(void *user, const char *reason)
{
    struct looking *looking = user;

    if (!reason)
        return; // it is back, and will tell
    snprintf(looking->found->trouble, sizeof looking->found->trouble, "%s", reason);
    sem_post(&looking->done);
}

bool explain_find(struct explain_text *found, const struct host_settings *settings, const char *model)
{
    struct looking looking = {.found = found, .model = model};
    struct source *source;
    char error[sizeof found->trouble];

    found->model = strdup(model);
    sem_init(&looking.done, 0, 0);
    source = sources_open(settings, false, look, away, &looking, error, sizeof error);
    if (!source) {
        snprintf(found->trouble, sizeof found->trouble, "%s", error);
        return false;
    }
    sem_wait(&looking.done);
    source_close(source);
    return found->text && !*found->trouble;
}
