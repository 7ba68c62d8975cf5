// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A process that serves.
//
// Threads: serving_run() is the loop's; configs are compiled on the control thread and swapped in by a job on the loop;
// HTTP has its own. The callbacks of process/ only hand over.
#include "daemon/serving.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/magic.h"
#include "daemon/compile.h"
#include "daemon/control_thread.h"
#include "daemon/modules.h"
#include "daemon/view.h"
#include "daemon/web.h"
#include "front/http.h"
#include "front/methods.h"
#include "front/server.h"
#include "front/serving.h"
#include "process/breadcrumb.h"
#include "process/listener.h"
#include "rpc/tune.h"
#include "run/engine.h"
#include "run/models.h"
#include "run/observe.h"

struct serving {
    struct serving_options options;
    struct registry *registry;
    struct plan_options plans;
    struct loop *loop;
    struct run_engine *engine;
    struct run_models models;
    struct front_serving front;
    struct front_server *server;
    struct http_server *http;
    struct web web;
    struct control_thread *control;
    struct view *view;
    uint64_t number; // of the last bundle taken. [control]
    atomic_bool ready, draining, closing;
    bool accepting; // options.ready was called. [loop]
    bool stopped;   // the gRPC server has
    struct loop_job drain_job;
};

// One bundle on its way: copied, compiled on the control thread, applied on the loop.
struct taking {
    struct control_job job;
    struct loop_job swap;
    struct serving *serving;
    struct arena arena;
    struct bundle bundle;
    struct run_model_change *changes;
    size_t len;
    uint8_t bytes[];
};

// A plan to be ended on the control thread.
struct retiring {
    struct control_job job;
    struct plan *plan;
};

static void end_plan(struct control_job *job)
{
    struct retiring *retiring = (struct retiring *)job;

    plan_destroy(retiring->plan);
    free(retiring);
}

static void retire_plan(void *user, struct plan *plan)
{
    struct serving *serving = user;
    struct retiring *retiring = malloc(sizeof(*retiring));

    ALWAYS(retiring);
    retiring->job.fn = end_plan;
    retiring->plan = plan;
    control_thread_post(serving->control, &retiring->job);
}

static void forget_taking(struct control_job *job)
{
    struct taking *taking = (struct taking *)job;

    arena_free(&taking->arena);
    free(taking);
}

// What is served now is shown from now on.
static void show_taken(struct control_job *job)
{
    struct taking *taking = (struct taking *)job;

    view_apply(taking->serving->view, &taking->bundle);
    forget_taking(job);
}

static void swap_models(struct loop_job *job)
{
    struct taking *taking = (struct taking *)((char *)job - offsetof(struct taking, swap));
    struct serving *serving = taking->serving;

    run_models_apply(&serving->models, taking->changes, taking->bundle.count, taking->bundle.whole);
    if (!serving->accepting && serving->options.ready)
        serving->options.ready(serving->options.user);
    serving->accepting = true;
    if (taking->bundle.number && !atomic_exchange(&serving->ready, true))
        health_changed();
    taking->job.fn = show_taken;
    control_thread_post(serving->control, &taking->job);
}

static struct plan *compile_entry(struct serving *serving, struct taking *taking, struct bundle_entry *entry)
{
    struct problems problems;
    struct plan *plan;
    const char *reason = NULL;

    plan = compile_text(&serving->plans, entry->model, entry->text, &taking->arena, &reason, &entry->bad_graph);
    if (!plan) {
        entry->reason = reason;
        return NULL;
    }
    run_observe_plan(serving->options.metrics, plan);
    problems_init(&problems);
    if (!plan_start(plan, &problems)) {
        struct text text;

        text_init(&text);
        problems_text(&problems, &text);
        entry->reason = arena_strndup(&taking->arena, text_string(&text), strlen(text_string(&text)));
        text_free(&text);
        plan_destroy(plan);
        plan = NULL;
    }
    problems_free(&problems);
    return plan;
}

static void compile_bundle(struct control_job *job)
{
    struct taking *taking = (struct taking *)job;
    struct serving *serving = taking->serving;
    struct bundle *bundle = &taking->bundle;

    ALWAYS(bundle_decode(bundle, taking->bytes, taking->len, &taking->arena));
    if (atomic_load(&serving->closing) || (serving->number && bundle->number <= serving->number)) {
        forget_taking(job);
        return;
    }
    serving->number = bundle->number;
    modules_rescan(serving->registry, serving->options.settings);
    taking->changes = arena_zalloc(&taking->arena, (bundle->count + 1) * sizeof(*taking->changes));
    ALWAYS(taking->changes);
    for (size_t i = 0; i < bundle->count; i++) {
        struct bundle_entry *entry = &bundle->entries[i];
        struct plan *plan = entry->text.data ? compile_entry(serving, taking, entry) : NULL;

        if (entry->text.data && !plan) {
            log_line(LOG_ERROR, "config_refused", (struct log_field[]){{"model", entry->model}, {NULL, NULL}}, "%s",
                     entry->reason);
            entry->text = (struct inferd_bytes){NULL, 0};
        }
        taking->changes[i] = (struct run_model_change){.id = entry->model,
                                                       .plan = plan,
                                                       .removed = entry->removed,
                                                       .bad_graph = entry->bad_graph,
                                                       .reason = entry->reason};
    }
    taking->swap.fn = swap_models;
    loop_post(serving->loop, &taking->swap);
}

static void take_payload(void *user, const void *bytes, size_t len)
{
    struct taking *taking = calloc(1, sizeof(*taking) + len);

    ALWAYS(taking);
    arena_init(&taking->arena, 65536, 0);
    taking->serving = user;
    taking->len = len;
    memcpy(taking->bytes, bytes, len);
    taking->job.fn = compile_bundle;
    control_thread_post(taking->serving->control, &taking->job);
}

static void take_connection(void *user, int fd, enum mux_protocol protocol, const struct sockaddr *peer,
                            socklen_t peer_len)
{
    struct serving *serving = user;
    char text[LISTENER_ADDRESS_SIZE];

    if (protocol == MUX_HTTP2)
        front_server_add(serving->server, fd, listener_address_text(peer, peer_len, text, sizeof(text)));
    else
        http_add(serving->http, fd, peer, peer_len);
}

static void stop_when_quiet(void *user)
{
    struct serving *serving = user;

    if (serving->stopped && serving->engine->under_way == 0)
        loop_stop(serving->loop);
}

static void server_stopped(void *user)
{
    struct serving *serving = user;

    serving->stopped = true;
    stop_when_quiet(serving);
}

static void start_drain(struct loop_job *job)
{
    struct serving *serving = (struct serving *)((char *)job - offsetof(struct serving, drain_job));

    serving->engine->quiet = stop_when_quiet;
    serving->engine->quiet_user = serving;
    front_server_drain(serving->server, server_stopped, serving);
}

static void drain(void *user)
{
    struct serving *serving = user;

    atomic_store(&serving->draining, true);
    serving->drain_job.fn = start_drain;
    loop_post(serving->loop, &serving->drain_job);
}

const struct worker_callbacks serving_callbacks = {
    .connection = take_connection,
    .payload = take_payload,
    .drain = drain,
};

static bool start_front(struct serving *serving, char *error, size_t size)
{
    struct front_server_options options = {.loop = serving->loop, .max_message = 64 << 20, .serving = &serving->front};

    serving->front = (struct front_serving){.engine = serving->engine,
                                            .models = &serving->models,
                                            .compat = serving->plans.compat,
                                            .ready = &serving->ready,
                                            .draining = &serving->draining};
    serving->server = front_server_new(&options, error, size);
    web_init(&serving->web, serving->view, serving->options.metrics, &serving->ready, &serving->draining);
    serving->http = serving->server ? http_start(&serving->web.options, error, size) : NULL;
    return serving->http != NULL;
}

// The first of the workers says it for all; only now that modules are loaded is it known.
static void say_unknown_settings(const struct settings *settings)
{
    struct problems problems;

    problems_init(&problems);
    modules_check_options(settings, &problems);
    for (size_t i = 0; i < problems.count; i++)
        log_line(LOG_WARNING, "setting_unknown", (struct log_field[]){{"setting", problems.list[i].path}, {NULL, NULL}},
                 "%s", problems.list[i].message);
    problems_free(&problems);
}

struct serving *serving_new(const struct serving_options *options)
{
    const struct host_settings *host = settings_host(options->settings);
    struct serving *serving = calloc(1, sizeof(*serving));
    struct run_engine_options engine = {
        .metrics = options->metrics, .cache_bytes = (size_t)host->cache_size / (options->share ? options->share : 1)};
    char error[256] = "no memory";

    if (!serving)
        return NULL;
    rpc_tune_process();
    serving->options = *options;
    serving->registry = modules_load(options->settings);
    if (serving->registry && settings_host(options->settings)->worker_index <= 0)
        say_unknown_settings(options->settings);
    serving->plans = compile_options(options->settings, serving->registry);
    serving->view = view_new();
    serving->control = control_thread_new();
    serving->loop = engine.loop = loop_new();
    serving->engine = serving->loop ? run_engine_new(&engine) : NULL;
    run_models_init(&serving->models, retire_plan, serving);
    if (serving->registry && serving->view && serving->control && serving->engine &&
        start_front(serving, error, sizeof(error)))
        return serving;
    log_error("start_failed", "%s", error);
    return NULL;
}

void serving_run(struct serving *serving)
{
    breadcrumb_follow(BREADCRUMB_LOOP);
    loop_run(serving->loop);
}

void serving_free(struct serving *serving)
{
    http_stop(serving->http);
    // What was compiled when the loop stopped is still to be swapped in, or nobody would end it.
    atomic_store(&serving->closing, true);
    control_thread_flush(serving->control);
    loop_stop(serving->loop);
    loop_run(serving->loop);
    run_models_clear(&serving->models);
    control_thread_free(serving->control);
    front_server_free(serving->server);
    run_engine_free(serving->engine);
    loop_free(serving->loop);
    view_free(serving->view);
    registry_free(serving->registry);
    free(serving);
}
