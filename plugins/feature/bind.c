// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Binds a feature component: the key columns it reads, and a column for each feature that it fetches.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "feature.h"

static const struct feature_group_option *groups_of(const struct feature *feature)
{
    return feature->options->request.groups.items;
}

static int bind_keys(struct feature *feature, struct inferd_binder *binder)
{
    char path[64];

    feature->keys = calloc(feature->key_count + 1, sizeof(*feature->keys));
    if (!feature->keys)
        return INFERD_RESOURCE_EXHAUSTED;
    for (uint32_t i = 0; i < feature->key_count; i++) {
        feature_key_path(feature, i, path, sizeof(path));
        feature->keys[i] = feature->host->reads(binder, feature->key_options[i].column, INFERD_TARGETS, 0, path);
        if (feature->keys[i] == INFERD_NO_COLUMN)
            return INFERD_INVALID_ARGUMENT;
    }
    return INFERD_OK;
}

static int bind_composite(struct feature *feature, struct inferd_binder *binder)
{
    feature->composite = INFERD_NO_COLUMN;
    if (!feature->options->composite_id || !*feature->options->component_id)
        return INFERD_OK;
    feature->composite = feature->host->writes(binder, feature->options->component_id, INFERD_TARGETS,
                                               INFERD_TYPE_STRING, INFERD_WRITE_INLINE, NULL, "component_id");
    return feature->composite == INFERD_NO_COLUMN ? INFERD_INVALID_ARGUMENT : INFERD_OK;
}

static struct inferd_typed_name group_type(const struct feature_group_option *group)
{
    if (group->data_type.type != INFERD_TYPE_UNKNOWN)
        return group->data_type;
    return (struct inferd_typed_name){"DataTypeFP32", INFERD_TYPE_FP32};
}

// What follows the last '@' of a column's name is its type.
static int bind_label(struct feature *feature, struct inferd_binder *binder, const struct feature_group_option *group,
                      const char *name, const char *path)
{
    struct feature_label *label = &feature->labels[feature->label_count];
    struct inferd_typed_name type = group_type(group);
    const char *at = strrchr(name, '@');
    char *column = feature_column_name(feature, group->label, name), *last;

    label->group = inferd_bytes_of(group->label);
    label->feature = inferd_bytes_of(name);
    label->bare = (struct inferd_bytes){label->feature.data, at ? (size_t)(at - name) : label->feature.len};
    if (!column)
        return INFERD_RESOURCE_EXHAUSTED;
    last = strrchr(column, '@');
    if (last) {
        *last = '\0';
        type = (struct inferd_typed_name){last + 1, feature->convert->type_of(last + 1)};
    }
    if (type.type == INFERD_TYPE_UNKNOWN)
        feature->host->fail(feature->info->self, INFERD_INVALID_ARGUMENT, path,
                            "\"%s\" is no data type: write one such as FP32, Int64, String or FP32Vector",
                            type.spelling);
    else
        label->column = feature->host->writes(binder, column, INFERD_TARGETS, type.type, 0, type.spelling, path);
    free(column);
    if (type.type == INFERD_TYPE_UNKNOWN || label->column == INFERD_NO_COLUMN)
        return INFERD_INVALID_ARGUMENT;
    if (!last && group->data_type.type == INFERD_TYPE_UNKNOWN)
        feature->guessed++;
    label->type = type.type;
    feature->any_cells |= inferd_type_size(type.type) == 0;
    feature->label_count++;
    return INFERD_OK;
}

static int bind_labels(struct feature *feature, struct inferd_binder *binder)
{
    size_t count = 0, groups = feature->options->request.groups.count;
    char path[96];

    for (size_t g = 0; g < groups; g++)
        count += groups_of(feature)[g].features.count;
    feature->labels = calloc(count + 1, sizeof(*feature->labels));
    if (!feature->labels)
        return INFERD_RESOURCE_EXHAUSTED;
    for (size_t g = 0; g < groups; g++) {
        const struct feature_group_option *group = &groups_of(feature)[g];
        const char *const *names = group->features.items;

        for (size_t i = 0; i < group->features.count; i++) {
            int status;

            snprintf(path, sizeof(path), "fs_request.featureGroups[%zu].features[%zu]", g, i);
            status = bind_label(feature, binder, group, names[i], path);
            if (status != INFERD_OK)
                return status;
        }
    }
    if (feature->guessed && feature->log)
        feature->log->write(feature->info->self, INFERD_LOG_WARNING,
                            "%u of its features have no type and are read as FP32: give their groups a data_type, or "
                            "write them as label@type",
                            feature->guessed);
    // The original looks at the first group only to see whether there is anything to fetch.
    if (feature->info->compat && groups && groups_of(feature)[0].features.count == 0)
        return feature_unusable(feature, "fs_request.featureGroups[0].features", "its first feature group is empty");
    return INFERD_OK;
}

int feature_bind(void *component, struct inferd_binder *binder)
{
    struct feature *feature = component;
    int status = bind_keys(feature, binder);

    if (status == INFERD_OK)
        status = bind_composite(feature, binder);
    if (status == INFERD_OK)
        status = bind_labels(feature, binder);
    if (status == INFERD_OK && !feature_encode_query(feature))
        status = INFERD_RESOURCE_EXHAUSTED;
    if (status == INFERD_RESOURCE_EXHAUSTED)
        feature->host->fail(feature->info->self, status, "", "no memory");
    return status;
}
