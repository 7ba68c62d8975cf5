// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// inferd.cache/1: the worker's cache, with each component's keys to itself.
#include "run/cache.h"
#include "run/engine.h"
#include "run/extensions.h"

static bool get(struct inferd_self *self, struct inferd_bytes key, struct inferd_bytes *value)
{
    struct run_engine *engine = run_engine();

    return engine->cache && run_cache_get(engine->cache, self, key, loop_now_us(engine->loop), value);
}

static void put(struct inferd_self *self, struct inferd_bytes key, struct inferd_bytes value, uint32_t ttl_s)
{
    struct run_engine *engine = run_engine();
    int64_t now = loop_now_us(engine->loop);

    if (engine->cache)
        run_cache_put(engine->cache, self, key, value, now, now + (int64_t)ttl_s * 1000000);
}

const struct inferd_cache run_ext_cache = {
    .size = sizeof(run_ext_cache),
    .get = get,
    .put = put,
};
