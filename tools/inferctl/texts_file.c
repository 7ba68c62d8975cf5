// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Reads a file: a model's config, or a map of models. What is in a config is not looked at.
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "texts_inner.h"

bool texts_is_directory(const char *place)
{
    struct stat found;

    return stat(place, &found) == 0 && S_ISDIR(found.st_mode);
}

bool texts_in_directory(const char *path)
{
    DIR *directory = opendir(path);
    const struct dirent *entry;
    bool found = false;

    while (!found && directory && (entry = readdir(directory))) {
        size_t len = strlen(entry->d_name);

        found = len > 5 && strcmp(entry->d_name + len - 5, ".json") == 0;
    }
    if (directory)
        closedir(directory);
    return found;
}

// False: errno.
static bool read_file(const char *path, struct text *out)
{
    FILE *file = fopen(path, "re");
    char data[4096];
    bool done;
    size_t n;

    if (!file)
        return false;
    while ((n = fread(data, 1, sizeof(data), file)) > 0)
        text_append(out, data, n);
    done = !ferror(file) && !out->failed;
    fclose(file);
    return done;
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

static bool is_map(const json_t *json)
{
    void *first = json_object_iter((json_t *)json);

    return first && !is_model(json) && is_model(json_object_iter_value(first));
}

bool texts_is_map(const char *text, size_t len)
{
    json_t *json = json_loadb(text, len, 0, NULL);
    bool found = is_map(json);

    json_decref(json);
    return found;
}

static bool add_map(struct texts *texts, const char *file, const json_t *map)
{
    const char *id;
    json_t *value;
    bool done = true;

    json_object_foreach((json_t *)map, id, value)
    {
        char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY), *where = NULL;

        done = text && asprintf(&where, "%s[\"%s\"]", file, id) >= 0 &&
               texts_add(texts, id, where, text, strlen(text)) && done;
        free(where);
        free(text);
    }
    return done;
}

// What configs read beside themselves is looked for beside the file.
static bool look_beside(struct given *given, const char *file)
{
    const char *slash = strrchr(file, '/');
    char *directory = slash ? strndup(file, slash == file ? 1 : (size_t)(slash - file)) : strdup(".");
    bool done = given_has(given, "etcd-endpoints") || (directory && given_add(given, "config-dir", directory));

    free(directory);
    return done;
}

bool texts_read_file(struct texts *texts, const char *file, struct given *given)
{
    char *model = stem_of(file);
    struct text text;
    json_t *json;
    bool done;

    text_init(&text);
    texts->of_file = true;
    done = read_file(file, &text);
    if (!done)
        snprintf(texts->trouble, sizeof(texts->trouble), "%s: %s", file, strerror(errno));
    json = done ? json_loadb(text_string(&text), text.len, JSON_REJECT_DUPLICATES, NULL) : NULL;
    if (done) {
        done =
            model && look_beside(given, file) &&
            (is_map(json) ? add_map(texts, file, json) : texts_add(texts, model, file, text_string(&text), text.len));
        if (!done)
            snprintf(texts->trouble, sizeof(texts->trouble), "no memory");
    }
    json_decref(json);
    free(model);
    text_free(&text);
    return done;
}
