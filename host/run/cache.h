// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A cache of bytes within a budget, used on one thread. Entries expire by time; when the budget is used up, S3-FIFO
// says which go (Yang et al., "FIFO queues are all you need for cache eviction", SOSP 2023).
#ifndef RUN_CACHE_H
#define RUN_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <inferd/bytes.h>

struct run_cache;

struct run_cache_counts {
    uint64_t entries, bytes, hits, misses, expired, evicted, rejected;
};

// budget: bytes of keys, values and their bookkeeping. NULL: no memory.
struct run_cache *run_cache_new(size_t budget);
void run_cache_free(struct run_cache *cache);
// Looks many keys up: each one's value, its data NULL where there is none. How many there are. 'scope' keeps users'
// keys apart. The values are valid until the next put.
size_t run_cache_get(struct run_cache *cache, const void *scope, const struct inferd_bytes *keys, size_t count,
                     int64_t now_us, struct inferd_bytes *values);
// Keeps copies until expires_us; an entry of that key is replaced. What is larger than a tenth of the budget is
// rejected.
void run_cache_put(struct run_cache *cache, const void *scope, struct inferd_bytes key, struct inferd_bytes value,
                   int64_t now_us, int64_t expires_us);
const struct run_cache_counts *run_cache_read(const struct run_cache *cache);

#endif
