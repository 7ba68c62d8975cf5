// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A cache of bytes with S3-FIFO eviction: new entries pass a small queue, those asked for again go on to the main
// queue, and keys that left the small queue unasked are remembered for a while as ghosts, whose return goes to the main
// queue at once. So a scan of keys asked for once costs a tenth of the memory.
#include "run/cache.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"

#define MOST_ASKED 3 // counts of use stop there
#define AT_ONCE 16   // keys that are looked up side by side, so that their memory is waited for once

struct entry {
    struct entry *next;  // in its queue, older first
    struct entry *chain; // in its bucket
    uint64_t hash;
    const void *scope;
    int64_t expires_us;
    uint32_t key_len, value_len;
    uint8_t asked; // 0 to MOST_ASKED
    bool gone;     // not in a bucket any more; freed when its queue comes to it
    uint8_t bytes[];
};

struct queue {
    struct entry *first, **last;
    size_t bytes;
};

// Where ghosts are kept: one place for each hash, newer ones overwrite.
struct ghost {
    uint32_t mark;
    uint32_t when; // eviction number
};

struct run_cache {
    size_t budget;
    struct queue small, main;
    struct entry **buckets;
    size_t bucket_count, live; // a power of two; entries in buckets
    struct ghost *ghosts;
    uint32_t evictions; // into ghosts
    struct run_cache_counts counts;
};

static void queue_init(struct queue *queue)
{
    queue->first = NULL;
    queue->last = &queue->first;
    queue->bytes = 0;
}

static size_t entry_size(const struct entry *entry)
{
    return sizeof(*entry) + entry->key_len + entry->value_len + 2 * sizeof(void *);
}

static void queue_push(struct queue *queue, struct entry *entry)
{
    entry->next = NULL;
    *queue->last = entry;
    queue->last = &entry->next;
    queue->bytes += entry_size(entry);
}

static struct entry *queue_pop(struct queue *queue)
{
    struct entry *entry = queue->first;

    queue->first = entry->next;
    if (!queue->first)
        queue->last = &queue->first;
    queue->bytes -= entry_size(entry);
    return entry;
}

static void queue_free(struct queue *queue)
{
    while (queue->first)
        free(queue_pop(queue));
}

struct run_cache *run_cache_new(size_t budget)
{
    struct run_cache *cache = calloc(1, sizeof(*cache));

    if (!cache)
        return NULL;
    cache->budget = budget;
    cache->bucket_count = 1024;
    while (cache->bucket_count < budget / 512 && cache->bucket_count < (size_t)1 << 24)
        cache->bucket_count *= 2;
    cache->buckets = calloc(cache->bucket_count, sizeof(struct entry *));
    cache->ghosts = calloc(cache->bucket_count, sizeof(*cache->ghosts));
    queue_init(&cache->small);
    queue_init(&cache->main);
    if (cache->buckets && cache->ghosts)
        return cache;
    run_cache_free(cache);
    return NULL;
}

void run_cache_free(struct run_cache *cache)
{
    if (!cache)
        return;
    queue_free(&cache->small);
    queue_free(&cache->main);
    free(cache->buckets);
    free(cache->ghosts);
    free(cache);
}

static uint64_t hash_of(const void *scope, struct inferd_bytes key)
{
    return map_hash(key.data, key.len) ^ (uint64_t)(uintptr_t)scope * UINT64_C(0x9e3779b97f4a7c15);
}

static struct inferd_bytes key_of(const struct entry *entry)
{
    return (struct inferd_bytes){entry->bytes, entry->key_len};
}

static inline bool is_of(const struct entry *entry, uint64_t hash, const void *scope, struct inferd_bytes key)
{
    return entry->hash == hash && entry->scope == scope && inferd_bytes_equal(key_of(entry), key);
}

static struct entry **find(const struct run_cache *cache, uint64_t hash, const void *scope, struct inferd_bytes key)
{
    struct entry **at = &cache->buckets[hash & (cache->bucket_count - 1)];

    while (*at && !is_of(*at, hash, scope, key))
        at = &(*at)->chain;
    return at;
}

// Takes an entry out of its bucket; its queue frees it later.
static void unlink_entry(struct run_cache *cache, struct entry **at)
{
    struct entry *entry = *at;

    *at = entry->chain;
    entry->gone = true;
    cache->live--;
}

static bool look_up(struct run_cache *cache, uint64_t hash, const void *scope, struct inferd_bytes key, int64_t now_us,
                    struct inferd_bytes *value)
{
    struct entry *entry = cache->buckets[hash & (cache->bucket_count - 1)];

    for (; entry && !is_of(entry, hash, scope, key); entry = entry->chain)
        ;
    if (!entry || entry->expires_us <= now_us) {
        cache->counts.expired += entry != NULL;
        *value = (struct inferd_bytes){NULL, 0};
        return false; // an expired one stays, for put to renew
    }
    if (entry->asked < MOST_ASKED)
        entry->asked++;
    *value = (struct inferd_bytes){entry->bytes + entry->key_len, entry->value_len};
    return true;
}

size_t run_cache_get(struct run_cache *cache, const void *scope, const struct inferd_bytes *keys, size_t count,
                     int64_t now_us, struct inferd_bytes *values)
{
    size_t found = 0, mask = cache->bucket_count - 1;
    uint64_t hashes[AT_ONCE];

    for (size_t first = 0; first < count; first += AT_ONCE) {
        size_t some = count - first < AT_ONCE ? count - first : AT_ONCE;

        for (size_t i = 0; i < some; i++) {
            hashes[i] = hash_of(scope, keys[first + i]);
            __builtin_prefetch(&cache->buckets[hashes[i] & mask]);
        }
        for (size_t i = 0; i < some; i++)
            __builtin_prefetch(cache->buckets[hashes[i] & mask]);
        for (size_t i = 0; i < some; i++)
            found += look_up(cache, hashes[i], scope, keys[first + i], now_us, &values[first + i]);
    }
    cache->counts.hits += found;
    cache->counts.misses += count - found;
    return found;
}

static struct ghost *ghost_of(const struct run_cache *cache, uint64_t hash)
{
    return &cache->ghosts[hash >> 20 & (cache->bucket_count - 1)];
}

static bool was_ghost(const struct run_cache *cache, uint64_t hash)
{
    const struct ghost *ghost = ghost_of(cache, hash);

    return ghost->mark == (uint32_t)(hash | 1) && cache->evictions - ghost->when <= cache->live;
}

static void drop(struct run_cache *cache, struct entry *entry)
{
    if (!entry->gone) {
        unlink_entry(cache, find(cache, entry->hash, entry->scope, key_of(entry)));
        cache->counts.evicted++;
    }
    free(entry);
}

static void evict_from_small(struct run_cache *cache)
{
    struct entry *entry = queue_pop(&cache->small);

    if (!entry->gone && entry->asked > 1) {
        entry->asked = 0;
        queue_push(&cache->main, entry);
        return;
    }
    if (!entry->gone)
        *ghost_of(cache, entry->hash) = (struct ghost){(uint32_t)(entry->hash | 1), ++cache->evictions};
    drop(cache, entry);
}

static void evict_from_main(struct run_cache *cache)
{
    struct entry *entry = queue_pop(&cache->main);

    if (!entry->gone && entry->asked) {
        entry->asked--;
        queue_push(&cache->main, entry);
        return;
    }
    drop(cache, entry);
}

static void make_room(struct run_cache *cache, size_t size)
{
    while (cache->small.bytes + cache->main.bytes + size > cache->budget) {
        if (cache->small.first && (cache->small.bytes > cache->budget / 10 || !cache->main.first))
            evict_from_small(cache);
        else
            evict_from_main(cache);
    }
}

void run_cache_put(struct run_cache *cache, const void *scope, struct inferd_bytes key, struct inferd_bytes value,
                   int64_t now_us, int64_t expires_us)
{
    uint64_t hash = hash_of(scope, key);
    size_t size = sizeof(struct entry) + key.len + value.len + 2 * sizeof(void *);
    struct entry **at = find(cache, hash, scope, key), *entry = *at;

    if (entry && entry->value_len == value.len) {
        memcpy(entry->bytes + key.len, value.data, value.len);
        entry->expires_us = expires_us;
        return;
    }
    if (entry)
        unlink_entry(cache, at);
    if (size > cache->budget / 10 || key.len > UINT32_MAX || value.len > UINT32_MAX || expires_us <= now_us) {
        cache->counts.rejected++;
        return;
    }
    make_room(cache, size);
    entry = malloc(sizeof(*entry) + key.len + value.len);
    if (!entry)
        return;
    *entry = (struct entry){.hash = hash,
                            .scope = scope,
                            .expires_us = expires_us,
                            .key_len = (uint32_t)key.len,
                            .value_len = (uint32_t)value.len};
    memcpy(entry->bytes, key.data, key.len);
    if (value.len)
        memcpy(entry->bytes + key.len, value.data, value.len);
    at = &cache->buckets[hash & (cache->bucket_count - 1)];
    entry->chain = *at;
    *at = entry;
    cache->live++;
    queue_push(was_ghost(cache, hash) ? &cache->main : &cache->small, entry);
}

const struct run_cache_counts *run_cache_read(const struct run_cache *cache)
{
    struct run_cache *own = (struct run_cache *)cache;

    own->counts.entries = cache->live;
    own->counts.bytes = cache->small.bytes + cache->main.bytes;
    return &cache->counts;
}
