// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A process that serves.
//
// Threads: serving_run() is the loop's; generations are taken on the control thread; HTTP has its own. The callbacks of
// process/ only hand over.
#include "daemon/serving_inner.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "daemon/board.h"
#include "daemon/compile.h"
#include "daemon/modules.h"
#include "daemon/telling.h"
#include "daemon/tls.h"
#include "daemon/view.h"
#include "front/access.h"
#include "front/http.h"
#include "front/methods.h"
#include "front/server.h"
#include "process/breadcrumb.h"
#include "process/files.h"
#include "process/master.h"
#include "rpc/tune.h"
#include "run/backend_tls.h"
#include "run/engine.h"

static void take_connection(void *user, int fd, enum mux_protocol protocol, const struct sockaddr *peer,
                            socklen_t peer_len)
{
    struct serving *serving = user;

    if (protocol == MUX_HTTP2)
        front_server_add(serving->server, fd);
    else if (protocol == MUX_HTTP2_SPARE)
        front_server_add_spare(serving->server, fd);
    else if (protocol == MUX_TLS || protocol == MUX_TLS_SPARE)
        front_server_add_tls(serving->server, fd, protocol == MUX_TLS_SPARE);
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
    front_server_drain(serving->server, &serving->drain);
}

// Idle clients that gRPC's core is in look at their connections every 5 s, and see only then that they are to go.
// Some are late. Without a master they stand in the way of the next one.
#define PATIENCE_MS 8000
#define PATIENCE_ALONE_MS 300
// All is answered, written and freed by then but gRPC itself, which waits for its threads: for ever where one couldn't
// be started for want of memory, for it was counted all the same. The signal ends the process.
#define GRPC_END_SECONDS 30

static void drain(void *user, bool alone)
{
    struct serving *serving = user;
    const struct host_settings *host = settings_host(serving->options.settings);
    int64_t whole_ms = host->drain_timeout_ms > 0 ? host->drain_timeout_ms : DRAIN_DEFAULT_MS;

    // The last quarter is for those who don't go: to end what they have begun.
    serving->drain = (struct front_server_drain){.patience_ms = alone ? PATIENCE_ALONE_MS : PATIENCE_MS,
                                                 .limit_ms = whole_ms - whole_ms / 4,
                                                 .stopped = server_stopped,
                                                 .user = serving};
    if (alone)
        alarm((unsigned)(whole_ms / 1000) + 1); // SIGALRM ends the process
    atomic_store(&serving->draining, true);
    serving->drain_job.fn = start_drain;
    loop_post(serving->loop, &serving->drain_job);
}

static bool take_payload(void *user, const void *bytes, size_t len)
{
    return serving_take(user, bytes, len);
}

static void miss_payload(void *user, const char *why)
{
    serving_miss(user, why);
}

const struct worker_callbacks serving_callbacks = {
    .connection = take_connection,
    .payload = take_payload,
    .missed = miss_payload,
    .drain = drain,
};

static bool start_front(struct serving *serving, char *error, size_t size)
{
    const struct host_settings *host = settings_host(serving->options.settings);
    struct front_tls_files files;
    struct front_server_options options = {.loop = serving->loop,
                                           .max_message = (size_t)host->max_message,
                                           .max_header = (int)host->max_header,
                                           .max_streams = (int)host->max_streams,
                                           .ping_ms = (int)host->client_ping_ms,
                                           .ping_timeout_ms = (int)host->client_timeout_ms,
                                           .max_rows = (uint32_t)host->max_rows,
                                           .max_columns = (uint32_t)host->max_columns,
                                           .admission = {.least = (uint32_t)host->min_in_flight,
                                                         .most = (uint32_t)host->max_in_flight,
                                                         .tenant_shares = host->tenant_shares,
                                                         .patience_us = host->max_wait_ms * 1000},
                                           .max_unread = (size_t)host->max_unread,
                                           .retry_ms = (unsigned)host->retry_after_ms,
                                           .serving = &serving->front};

    options.tls_files = tls_files(host, &files);
    serving->front = (struct front_serving){.engine = serving->engine,
                                            .models = &serving->models,
                                            .access = serving->access,
                                            .compat = serving->plans.plan.compat,
                                            .ready = &serving->ready,
                                            .draining = &serving->draining};
    serving->server = front_server_new(&options, error, size);
    web_init(&serving->web, &(struct web_shown){serving->view, serving->options.metrics},
             (struct web_public){host->public_config, host->public_metrics}, serving->server, &serving->ready,
             &serving->draining);
    serving->web.options.max_unread = host->max_unread ? (size_t)host->max_unread : SIZE_MAX;
    serving->web.options.max_connections = files_for_http1(serving->options.share);
    serving->http = serving->server ? http_start(&serving->web.options, error, size) : NULL;
    if (!serving->http)
        return false;
    front_server_join_http(serving->server, serving->http);
    return true;
}

// Old generations are shown as long as runs hold them.
static void hold_plan(void *user, const struct plan *plan, int plans, int runs)
{
    struct serving *serving = user;

    board_hold(serving->options.board, plan->generation, plans, runs);
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
    if (*host->backend_tls_file) {
        serving->backend_tls = backend_tls_new(host->backend_tls_file, error, sizeof(error));
        if (!serving->backend_tls) // it was fine when the daemon started; without it, backends of other CAs are refused
            log_error("backend_tls", "%s", error);
    }
    engine.backend_tls = serving->backend_tls;
    serving->access = serving_read_access(serving, true);
    serving->registry = modules_new(options->settings);
    serving->plans = compile_options(options->settings, serving->registry, options->resources);
    serving->view = view_new(options->board);
    serving->telling = telling_new(options->board, options->tell, options->user);
    arena_init(&serving->quarantine, 4096, 0);
    serving->control = control_thread_new();
    serving->loop = engine.loop = loop_new();
    serving->engine = serving->loop ? run_engine_new(&engine) : NULL;
    run_models_init(&serving->models, serving_retire_plan, serving);
    serving->models.held = options->board ? hold_plan : NULL;
    if (serving->registry && serving->view && serving->telling && serving->control && serving->engine &&
        start_front(serving, error, sizeof(error))) {
        left_out_begin(&serving->left_out, serving->loop);
        return serving;
    }
    log_error("start_failed", "%s", error);
    return NULL;
}

static void follow_queue(void)
{
    breadcrumb_follow(BREADCRUMB_QUEUE);
}

void serving_run(struct serving *serving)
{
    breadcrumb_follow(BREADCRUMB_LOOP);
    loop_on_join(serving->loop, follow_queue);
    loop_run(serving->loop);
}

void serving_free(struct serving *serving)
{
    front_server_join_http(serving->server, NULL);
    http_stop(serving->http);
    // What was compiled when the loop stopped is still to be swapped in, or nobody would end it.
    atomic_store(&serving->closing, true);
    control_thread_flush(serving->control);
    left_out_end(&serving->left_out);
    loop_stop(serving->loop);
    loop_run(serving->loop);
    run_models_clear(&serving->models);
    control_thread_free(serving->control);
    loop_finish(serving->loop);
    front_server_free(serving->server);
    run_engine_free(serving->engine);
    backend_tls_free(serving->backend_tls);
    access_free(serving->access);
    alarm(GRPC_END_SECONDS);
    loop_free(serving->loop);
    alarm(0);
    view_free(serving->view);
    telling_free(serving->telling);
    arena_free(&serving->quarantine);
    registry_free(serving->registry);
    free(serving);
}
