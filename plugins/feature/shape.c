// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What differs between the two shapes of a component's options: how keys are written, and what columns are called. All
// else of the module knows one form.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "feature.h"

static int refuse(const struct feature *feature, const char *path, const char *format, size_t a, size_t b)
{
    return feature->host->fail(feature->info->self, INFERD_INVALID_ARGUMENT, path, format, a, b);
}

int feature_read_keys(struct feature *feature)
{
    const struct feature_options *options = feature->options;
    const struct feature_keys_option *guide = &options->keys_by_guide;
    const char *const *names = guide->schema.items, *const *columns = &guide->column;
    size_t count = guide->columns.count ? guide->columns.count : *guide->column != '\0';

    feature->by_guide = strcmp(feature->info->shape, FEATURE_GUIDE) == 0;
    if (!feature->by_guide) {
        feature->key_options = options->keys.items;
        feature->key_count = (uint32_t)options->keys.count;
        return INFERD_OK;
    }
    if (guide->columns.count)
        columns = guide->columns.items;
    if (count != guide->schema.count)
        return refuse(feature, "fs_keys.col",
                      "names %zu columns for the %zu keys of schema: write a column for each, [\"…\", \"…\"], in the "
                      "same order",
                      count, guide->schema.count);
    feature->own_key_options = calloc(count + 1, sizeof(*feature->own_key_options));
    if (!feature->own_key_options)
        return feature->host->fail(feature->info->self, INFERD_RESOURCE_EXHAUSTED, "", "no memory");
    for (size_t i = 0; i < count; i++)
        feature->own_key_options[i] = (struct feature_key_option){names[i], columns[i]};
    feature->key_options = feature->own_key_options;
    feature->key_count = (uint32_t)count;
    return INFERD_OK;
}

void feature_key_path(const struct feature *feature, uint32_t key, char *path, size_t size)
{
    if (!feature->by_guide)
        snprintf(path, size, "fs_keys[%u].col", key);
    else if (feature->options->keys_by_guide.columns.count)
        snprintf(path, size, "fs_keys.col[%u]", key);
    else
        snprintf(path, size, "fs_keys.col");
}

char *feature_column_name(const struct feature *feature, const char *group, const char *label)
{
    const char *prefix = feature->options->prefix, *entity = feature->options->request.label;
    size_t len = strlen(prefix);
    char *name;
    int done;

    if (!feature->by_guide)
        done = asprintf(&name, "%s%s:%s:%s", prefix, entity, group, label);
    else if (len)
        done = asprintf(&name, "%.*s:%s:%s", (int)(len - (prefix[len - 1] == ':')), prefix, group, label);
    else
        done = asprintf(&name, "%s:%s:%s", entity, group, label);
    return done < 0 ? NULL : name;
}
