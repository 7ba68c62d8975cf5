// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A worker without a network: modules, models, and a request's whole way. Each request has an engine of its own, so
// that nothing, such as a cache's content, is left of the one before.
#include "stage.h"

#include "daemon/compile.h"
#include "daemon/modules.h"
#include "front/server.h"
#include "front/serving.h"
#include "run/engine.h"
#include "run/observe.h"

static struct settings *settings;
static struct registry *registry;
static struct run_engine *engine;

static void open_engine(void)
{
    const struct run_engine_options options = {.loop = stage_loop(), .cache_bytes = 1 << 20};

    engine = run_engine_new(&options);
    FUZZ_ALWAYS(engine);
}

void stage_open(void)
{
    static char program[] = "inferd", path[] = "--module-path=" BUILD_DIR "/plugins";
    char *const argv[] = {program, path, NULL};
    struct problems problems;

    problems_init(&problems);
    settings = settings_read(2, argv, &problems);
    problems_free(&problems);
    registry = modules_load(settings);
    FUZZ_ALWAYS(registry);
}

const struct registry *stage_registry(void)
{
    return registry;
}

static void retire(void *user, struct plan *plan)
{
    (void)user;
    plan_destroy(plan);
}

static bool start(struct plan *plan)
{
    struct problems problems;
    bool started;

    problems_init(&problems);
    started = plan_start(plan, &problems);
    FUZZ_ALWAYS(started || problems.errors > 0);
    problems_free(&problems);
    return started;
}

bool stage_compile(struct stage_table *table, const char *id, struct inferd_bytes config, bool compat)
{
    struct compile_options options = compile_options(settings, registry, NULL);
    struct run_model_change change = {.id = id};
    struct problems problems;
    struct text reason;

    open_engine();
    problems_init(&problems);
    text_init(&reason);
    options.plan.compat = compat;
    arena_init(&table->arena, 4096, 0);
    run_models_init(&table->models, retire, NULL);
    change.plan = compile_once(&options, id, config, &table->arena, &problems);
    FUZZ_ALWAYS(change.plan || problems.errors > 0);
    if (change.plan && !start(change.plan)) {
        plan_destroy(change.plan);
        change.plan = NULL;
    }
    problems_text(&problems, &reason);
    change.reason = change.plan ? NULL : text_string(&reason);
    run_models_apply(&table->models, &change, 1, true);
    text_free(&reason);
    problems_free(&problems);
    run_engine_free(engine);
    return change.plan;
}

void stage_drop(struct stage_table *table)
{
    run_models_clear(&table->models);
    arena_free(&table->arena);
}

void stage_play(const struct stage_request *request)
{
    static const atomic_bool ready = true, draining = false;
    uint8_t *message = fuzz_copy(request->message);
    struct front_serving serving = {.models = (struct run_models *)request->models,
                                    .compat = request->compat,
                                    .ready = &ready,
                                    .draining = &draining};
    struct front_server server = {.serving = &serving, .loop = stage_loop()};
    struct inbound inbound = {.magic = INBOUND_MAGIC,
                              .server = &server,
                              .message = {message, request->message.len},
                              .deadline_us = INT64_MAX};

    open_engine();
    FUZZ_ALWAYS(admission_init(&server.admission, &(struct admission_options){.most = 1}));
    serving.engine = engine;
    stage_inbound_begin(&inbound, request->headers);
    stage_rpc_begin(request->answer, request->user);
    request->start(&inbound);
    stage_rpc_deliver();
    FUZZ_ALWAYS(stage_inbound_ended());
    FUZZ_ALWAYS(engine->under_way == 0 && server.admission.in_flight == 0);
    admission_free(&server.admission);
    run_engine_free(engine);
    free(message);
}
