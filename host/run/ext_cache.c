// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// inferd.cache/1: the worker's cache, with each component's keys to itself.
#include <string.h>

#include "run/cache.h"
#include "run/engine.h"
#include "run/extensions.h"
#include "run/observe.h"

// Not its address: a component of a later config may have it, and this one's next config should find what is kept.
static const void *scope_of(const struct inferd_self *self)
{
    return (const void *)(uintptr_t)self->cache_scope;
}

// What the cache counted since the last time. It is one, so the components share these.
static void publish(struct run_engine *engine)
{
    const struct run_cache_counts *now = run_cache_read(engine->cache), *last = &engine->cache_told;

    metrics_set(METRICS_CACHE_ITEMS, (int64_t)now->entries);
    metrics_set(METRICS_CACHE_BYTES, (int64_t)now->bytes);
    metrics_add(METRICS_CACHE_EVICTED, (int64_t)(now->evicted - last->evicted));
    metrics_add(METRICS_CACHE_EXPIRED, (int64_t)(now->expired - last->expired));
    metrics_add(METRICS_CACHE_REJECTED, (int64_t)(now->rejected - last->rejected));
    engine->cache_told = *now;
}

static size_t get(struct inferd_self *self, const struct inferd_bytes *keys, size_t count, struct inferd_bytes *values)
{
    struct run_engine *engine = run_engine();
    size_t found = 0;

    if (engine->cache)
        found = run_cache_get(engine->cache, scope_of(self), keys, count, loop_now_us(engine->loop), values);
    else
        memset(values, 0, count * sizeof(*values));
    run_observe_cache(self, count, count - found);
    return found;
}

static void put(struct inferd_self *self, struct inferd_bytes key, struct inferd_bytes value, uint32_t ttl_s)
{
    struct run_engine *engine = run_engine();
    int64_t now = loop_now_us(engine->loop);

    if (!engine->cache)
        return;
    run_cache_put(engine->cache, scope_of(self), key, value, now, now + (int64_t)ttl_s * 1000000);
    publish(engine);
}

const struct inferd_cache run_ext_cache = {
    .size = sizeof(run_ext_cache),
    .get = get,
    .put = put,
};
