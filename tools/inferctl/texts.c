// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Reads the texts of a place.
#include "texts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/nearest.h"
#include "texts_inner.h"

bool texts_add(struct texts *texts, const char *model, const char *where, const char *text, size_t len)
{
    struct config_text *list = realloc(texts->list, (texts->count + 1) * sizeof(*list));
    struct config_text *one;

    if (!list)
        return false;
    texts->list = list;
    one = &list[texts->count++];
    *one = (struct config_text){
        .model = model ? strdup(model) : NULL, .where = strdup(where), .text = malloc(len + 1), .len = len};
    if (!one->text || !one->where || (model && !one->model))
        return false;
    memcpy(one->text, text, len);
    one->text[len] = '\0';
    return true;
}

static void free_text(struct config_text *one)
{
    free(one->model);
    free(one->where);
    free(one->text);
}

void texts_free(struct texts *texts)
{
    for (size_t i = 0; i < texts->count; i++)
        free_text(&texts->list[i]);
    free(texts->list);
    texts->list = NULL;
    texts->count = 0;
}

void texts_keep(struct texts *texts, const struct config_text *one)
{
    struct config_text kept = *one;

    for (size_t i = 0; i < texts->count; i++)
        if (&texts->list[i] != one)
            free_text(&texts->list[i]);
    texts->list[0] = kept;
    texts->count = 1;
}

const struct config_text *texts_find(const struct texts *texts, const char *model, const char **nearest)
{
    const struct config_text *found = NULL;
    struct nearest near;

    nearest_init(&near, model);
    for (size_t i = 0; i < texts->count; i++) {
        if (!texts->list[i].model)
            continue;
        nearest_try(&near, texts->list[i].model);
        if (strcmp(texts->list[i].model, model) == 0)
            found = &texts->list[i];
    }
    *nearest = found ? NULL : near.found;
    return found;
}

void texts_say_none(const char *place, const char *command)
{
    fprintf(stderr, "inferctl %s: there are no configs in %s: %s\n", command, place,
            strncmp(place, "etcd:", 5) == 0 ? "the keys of one are PREFIX/config-map/MODEL and PREFIX/service-config"
                                            : "they are files NAME.json");
}

void texts_know_service(struct texts *texts)
{
    const char *slash = texts->of_file && texts->count == 1 ? strrchr(texts->list->where, '/') : NULL;
    const char *name = slash ? slash + 1 : texts->of_file && texts->count == 1 ? texts->list->where : "";

    if (strcmp(name, "service-config.json") != 0)
        return;
    free(texts->list->model);
    texts->list->model = NULL;
}

static int by_model(const void *a, const void *b)
{
    const struct config_text *x = a, *y = b;

    if (!x->model || !y->model)
        return (x->model != NULL) - (y->model != NULL);
    return strcmp(x->model, y->model);
}

bool texts_read(struct texts *texts, const char *place, struct given *given, const char *command)
{
    bool done;

    *texts = (struct texts){.count = 0};
    if (place && strncmp(place, "etcd:", 5) != 0 && !texts_is_directory(place))
        done = texts_read_file(texts, place, given);
    else
        done = texts_read_store(texts, place, given, command);
    if (texts->count)
        qsort(texts->list, texts->count, sizeof(*texts->list), by_model);
    return done;
}
