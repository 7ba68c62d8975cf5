// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The run engine of a worker: what all its runs share.
#include "run/engine.h"

#include <stdlib.h>

#include "base/magic.h"
#include "run/extensions.h"
#include "run/run.h"

static struct run_engine *the_engine;

struct run_engine *run_engine(void)
{
    return the_engine;
}

struct run_engine *run_engine_new(const struct run_engine_options *options)
{
    struct run_engine *engine = calloc(1, sizeof(*engine));

    ALWAYS(!the_engine);
    if (!engine)
        return NULL;
    engine->loop = options->loop;
    engine->metrics = options->metrics;
    engine->backend_tls = options->backend_tls;
    flights_init(&engine->flights);
    engine->rpc = rpc_pool_new(options->loop);
    if (engine->rpc)
        rpc_pool_use_links(engine->rpc);
    if (options->cache_bytes)
        engine->cache = run_cache_new(options->cache_bytes);
    if (!engine->rpc || (options->cache_bytes && !engine->cache)) {
        if (engine->rpc)
            rpc_pool_free(engine->rpc);
        run_cache_free(engine->cache);
        free(engine);
        return NULL;
    }
    the_engine = engine;
    return engine;
}

void run_engine_free(struct run_engine *engine)
{
    ALWAYS(engine == the_engine && engine->under_way == 0);
    if (engine->blocking)
        run_pool_free(engine->blocking);
    while (engine->idle) {
        struct run *run = engine->idle;

        engine->idle = run->next_idle;
        arena_free(&run->arena);
        free(run);
    }
    rpc_pool_free(engine->rpc);
    run_cache_free(engine->cache);
    flights_free(&engine->flights);
    free(engine->slots);
    free(engine);
    the_engine = NULL;
}
