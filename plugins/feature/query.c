// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// retrieve.Query{entity_label=1, feature_groups=2{label=1, feature_labels=2}, keys_schema=3, keys=4{cols=1}}. All but
// the keys is the same in every message and encoded once.
#include "query.h"

#include <stdlib.h>

#include <inferd/wire.h>

static size_t group_size(const struct feature_group_option *group)
{
    const char *const *names = group->features.items;
    size_t size = *group->label ? inferd_wire_bytes_size(1, strlen(group->label)) : 0;

    for (size_t i = 0; i < group->features.count; i++)
        size += inferd_wire_bytes_size(2, strlen(names[i]));
    return size;
}

static uint8_t *put_group(uint8_t *at, const struct feature_group_option *group)
{
    const char *const *names = group->features.items;

    at = inferd_wire_put_head(at, 2, group_size(group));
    if (*group->label)
        at = inferd_wire_put_bytes(at, 1, inferd_bytes_of(group->label));
    for (size_t i = 0; i < group->features.count; i++)
        at = inferd_wire_put_bytes(at, 2, inferd_bytes_of(names[i]));
    return at;
}

// A hash of texts, to tell what belongs to whom in the cache.
static uint64_t identify(uint64_t hash, const void *data, size_t len)
{
    const uint8_t *bytes = data;

    for (size_t i = 0; i < len; i++)
        hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
    return (hash ^ len) * UINT64_C(0x9e3779b97f4a7c15);
}

static void name_cached_values(struct feature *feature)
{
    const struct feature_shared *shared = feature->shared;
    uint64_t hash = identify(UINT64_C(0xcbf29ce484222325), feature->info->model, strlen(feature->info->model));

    hash = identify(hash, feature->info->name, strlen(feature->info->name));
    hash = identify(hash, &shared->cache_version, sizeof(shared->cache_version));
    hash = identify(hash, shared->cache_version_name, strlen(shared->cache_version_name));
    for (uint32_t i = 0; i < feature->label_count; i++)
        hash = identify(hash, &feature->labels[i].type, sizeof(feature->labels[i].type));
    feature->identity = identify(hash, feature->query.data, feature->query.len);
}

bool feature_encode_query(struct feature *feature)
{
    const struct feature_request_option *request = &feature->options->request;
    const struct feature_group_option *groups = request->groups.items;
    const struct feature_key_option *keys = feature->key_options;
    size_t size = *request->label ? inferd_wire_bytes_size(1, strlen(request->label)) : 0;
    uint8_t *data, *at;

    for (size_t i = 0; i < request->groups.count; i++)
        size += inferd_wire_bytes_size(2, group_size(&groups[i]));
    for (size_t i = 0; i < feature->key_count; i++)
        size += inferd_wire_bytes_size(3, strlen(keys[i].schema));
    data = at = malloc(size + 1);
    if (!data)
        return false;
    if (*request->label)
        at = inferd_wire_put_bytes(at, 1, inferd_bytes_of(request->label));
    for (size_t i = 0; i < request->groups.count; i++)
        at = put_group(at, &groups[i]);
    for (size_t i = 0; i < feature->key_count; i++)
        at = inferd_wire_put_bytes(at, 3, inferd_bytes_of(keys[i].schema));
    feature->query = (struct inferd_bytes){data, size};
    name_cached_values(feature);
    return true;
}

size_t feature_query_size(const struct feature *feature, const struct feature_keys *keys, const uint32_t *entities,
                          uint32_t count)
{
    size_t size = feature->query.len;

    for (uint32_t i = 0; i < count; i++)
        size += inferd_wire_bytes_size(4, keys->entities[entities[i]].size);
    return size;
}

void feature_query_write(const struct feature *feature, const struct feature_keys *keys, const uint32_t *entities,
                         uint32_t count, uint8_t *at)
{
    // What is written may be anything, as far as the compiler knows.
    const struct feature_entity *all = keys->entities;
    const struct inferd_bytes **columns = keys->columns;
    const uint32_t key_count = keys->key_count;

    memcpy(at, feature->query.data, feature->query.len);
    at += feature->query.len;
    for (uint32_t i = 0; i < count; i++) {
        const struct feature_entity *entity = &all[entities[i]];
        const uint32_t row = entity->first;

        at = inferd_wire_put_head(at, 4, entity->size);
        for (uint32_t k = 0; k < key_count; k++)
            at = inferd_wire_put_bytes(at, 1, columns[k][row]);
    }
}
