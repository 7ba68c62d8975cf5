// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The map: linear probing at a load of at most three quarters; a removal moves later entries back, so that there are
// no tombstones. The hash is SipHash-1-3 (Aumasson and Bernstein) under a key drawn when the process starts: without
// the key nobody can choose names that collide.
#include "base/map.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

static uint64_t hash_key[2];

__attribute__((constructor)) static void draw_hash_key(void)
{
    struct timespec now;

    if (getrandom(hash_key, sizeof(hash_key), GRND_NONBLOCK) == (ssize_t)sizeof(hash_key))
        return;
    // Early in a boot, or where a sandbox forbids it: harder to guess than nothing.
    clock_gettime(CLOCK_REALTIME, &now);
    hash_key[0] = (uint64_t)now.tv_nsec << 32 ^ (uint64_t)now.tv_sec ^ (uint64_t)getpid() << 48;
    hash_key[1] = (uint64_t)(uintptr_t)&now * UINT64_C(0x9e3779b97f4a7c15);
}

static uint64_t rotate(uint64_t x, unsigned bits)
{
    return x << bits | x >> (64 - bits);
}

// Inlined, so that the state stays in registers.
__attribute__((always_inline)) static inline void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] = rotate(v[0], 32);
    v[2] += v[1];
    v[0] += v[3];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] = rotate(v[2], 32);
}

uint64_t map_hash(const void *key, size_t len)
{
    const uint8_t *at = key;
    uint64_t v[4] = {hash_key[0] ^ UINT64_C(0x736f6d6570736575), hash_key[1] ^ UINT64_C(0x646f72616e646f6d),
                     hash_key[0] ^ UINT64_C(0x6c7967656e657261), hash_key[1] ^ UINT64_C(0x7465646279746573)};
    uint64_t word, last = (uint64_t)len << 56;
    size_t left = len;

    for (; left >= 8; left -= 8, at += 8) {
        memcpy(&word, at, 8);
        v[3] ^= word;
        sip_round(v);
        v[0] ^= word;
    }
    word = 0;
    if (left && len >= 8) { // all eight that end there, without those that were seen
        memcpy(&word, at + left - 8, 8);
        last |= word >> (64 - 8 * left);
    } else if (left) {
        memcpy(&word, at, left);
        last |= word;
    }
    v[3] ^= last;
    sip_round(v);
    v[0] ^= last;
    v[2] ^= 0xff;
    sip_round(v);
    sip_round(v);
    sip_round(v);
    word = v[0] ^ v[1] ^ v[2] ^ v[3];
    return word ? word : 1;
}

void map_init(struct map *map)
{
    *map = (struct map){0};
}

void map_free(struct map *map)
{
    free(map->slots);
    *map = (struct map){0};
}

// The slot that holds the key, or the free one where it would go. The map has a free slot.
static struct map_slot *slot_of(struct map_slot *slots, size_t capacity, uint64_t hash, const void *key, size_t len)
{
    size_t at = hash & (capacity - 1);

    for (;; at = (at + 1) & (capacity - 1)) {
        struct map_slot *slot = &slots[at];

        if (!slot->hash)
            return slot;
        if (slot->hash == hash && slot->key_len == len && (len == 0 || memcmp(slot->key, key, len) == 0))
            return slot;
    }
}

static bool grow(struct map *map)
{
    size_t capacity = map->capacity ? map->capacity * 2 : 8;
    struct map_slot *slots = calloc(capacity, sizeof(*slots));

    if (!slots)
        return false;
    for (size_t i = 0; i < map->capacity; i++) {
        const struct map_slot *old = &map->slots[i];

        if (old->hash)
            *slot_of(slots, capacity, old->hash, old->key, old->key_len) = *old;
    }
    free(map->slots);
    map->slots = slots;
    map->capacity = capacity;
    return true;
}

void *map_find(const struct map *map, const void *key, size_t len)
{
    if (map->count == 0)
        return NULL;
    return slot_of(map->slots, map->capacity, map_hash(key, len), key, len)->value;
}

bool map_set(struct map *map, const void *key, size_t len, void *value, void **old)
{
    uint64_t hash = map_hash(key, len);
    struct map_slot *slot;

    if ((map->count + 1) * 4 > map->capacity * 3 && !grow(map))
        return false;
    slot = slot_of(map->slots, map->capacity, hash, key, len);
    if (old)
        *old = slot->value;
    if (!slot->hash)
        map->count++;
    *slot = (struct map_slot){.hash = hash, .key = key, .key_len = len, .value = value};
    return true;
}

void *map_remove(struct map *map, const void *key, size_t len)
{
    size_t mask = map->capacity - 1, hole, at;
    struct map_slot *slot;
    void *value;

    if (map->count == 0)
        return NULL;
    slot = slot_of(map->slots, map->capacity, map_hash(key, len), key, len);
    if (!slot->hash)
        return NULL;
    value = slot->value;
    hole = (size_t)(slot - map->slots);
    for (at = (hole + 1) & mask; map->slots[at].hash; at = (at + 1) & mask) {
        size_t home = map->slots[at].hash & mask;

        // An entry may fill the hole unless its home lies after it.
        if (((at - home) & mask) >= ((at - hole) & mask)) {
            map->slots[hole] = map->slots[at];
            hole = at;
        }
    }
    map->slots[hole] = (struct map_slot){0};
    map->count--;
    return value;
}

const struct map_slot *map_next(const struct map *map, size_t *at)
{
    while (*at < map->capacity) {
        const struct map_slot *slot = &map->slots[(*at)++];

        if (slot->hash)
            return slot;
    }
    return NULL;
}
