// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A hash map from bytes to a pointer: open addressing, keys are not copied. The hash is keyed per process, so keys from
// the network do no harm either.
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct map_slot {
    uint64_t hash; // 0: free
    const void *key;
    size_t key_len;
    void *value;
};

struct map {
    struct map_slot *slots;
    size_t count, capacity; // capacity is 0 or a power of two
};

uint64_t map_hash(const void *key, size_t len); // never 0
void map_init(struct map *map);
void map_free(struct map *map);
// The value, or NULL.
void *map_find(const struct map *map, const void *key, size_t len);
// Sets key's value; the old one is left in *old (NULL if none; old may be NULL). The entry takes this key's bytes,
// which must outlive it, also where an equal key was there. A NULL value can't be told from an absent one by map_find.
// False: no memory, nothing changed.
bool map_set(struct map *map, const void *key, size_t len, void *value, void **old);
// The value of the entry that was removed, or NULL.
void *map_remove(struct map *map, const void *key, size_t len);
// Iterates: start with *at = 0; NULL at the end. Removing the returned entry is not allowed meanwhile.
const struct map_slot *map_next(const struct map *map, size_t *at);

#endif
