// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The entities of a run's rows. Rows with the same keys are one entity, which is fetched once.
#ifndef FEATURE_KEYS_H
#define FEATURE_KEYS_H

#include "feature.h"

#define FEATURE_NONE UINT32_MAX

struct feature_entity {
    uint32_t first, last; // rows
    uint32_t count;       // of rows
    uint32_t hash;
    uint32_t size; // bytes of its keys in a message
    bool answered;
    bool leads; // this run fetches it for others, too
};

struct feature_keys {
    uint32_t key_count;
    const struct inferd_bytes **columns; // each key's value in each row
    struct feature_entity *entities;     // in the order of their first rows
    uint32_t count;
    uint32_t *next;  // row -> the entity's next row
    uint32_t *table; // hash -> entity + 1
    uint32_t mask;
    uint64_t seed, factor; // of the hash
};

// Reads the key columns of all rows. False: no memory.
bool feature_keys_read(struct feature_keys *keys, const struct feature *feature, struct inferd_step *step);
// The entity with these keys, or FEATURE_NONE.
uint32_t feature_keys_find(const struct feature_keys *keys, const struct inferd_bytes *parts);

// One of an entity's keys.
static inline struct inferd_bytes feature_key(const struct feature_keys *keys, uint32_t entity, uint32_t part)
{
    return keys->columns[part][keys->entities[entity].first];
}

#endif
