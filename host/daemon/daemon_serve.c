// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Processes that serve: a worker, and the whole daemon in one.
#include "daemon/daemon.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "daemon/admin.h"
#include "daemon/board.h"
#include "daemon/daemon_inner.h"
#include "daemon/leading.h"
#include "daemon/observing.h"
#include "daemon/ports.h"
#include "daemon/publisher.h"
#include "daemon/resources.h"
#include "daemon/serving.h"
#include "daemon/sources.h"
#include "daemon/telling.h"
#include "metrics/metrics.h"
#include "process/inherited.h"
#include "process/inline.h"
#include "process/notify.h"

// What a process serves, and what it belongs to: a worker to its master, a single process to its source.
struct working {
    struct worker *worker;
    struct serving *serving;
    struct leading leading; // a single process
    struct inline_server *server;
};

static void tell_master(void *user, const void *bytes, size_t len)
{
    worker_report(((struct working *)user)->worker, bytes, len);
}

static void say_ready(void *user)
{
    worker_ready(((struct working *)user)->worker);
}

static void take_connection(void *user, int fd, enum mux_protocol protocol, const struct sockaddr *peer, socklen_t len)
{
    serving_callbacks.connection(((struct working *)user)->serving, fd, protocol, peer, len);
}

static bool take_payload(void *user, const void *bytes, size_t len)
{
    return serving_callbacks.payload(((struct working *)user)->serving, bytes, len);
}

static void miss_payload(void *user, const char *why)
{
    serving_callbacks.missed(((struct working *)user)->serving, why);
}

static void drain(void *user, bool alone)
{
    if (((struct working *)user)->server)
        notify_manager("STOPPING=1\nSTATUS=draining");
    serving_callbacks.drain(((struct working *)user)->serving, alone);
}

static const struct worker_callbacks working_callbacks = {take_connection, take_payload, miss_payload, drain};

int daemon_worker(struct settings *settings)
{
    const struct host_settings *host = settings_host(settings);
    struct working working = {.worker = NULL};
    struct serving_options options = {
        .settings = settings, .share = daemon_workers(host), .ready = say_ready, .tell = tell_master, .user = &working};
    char name[32], error[256];

    snprintf(name, sizeof(name), "worker-%lld", (long long)host->worker_index);
    log_set_process(name);
    working.worker = worker_attach((int)host->worker_fd, &working_callbacks, &working, error, sizeof(error));
    if (!working.worker) {
        log_error("start_failed", "%s", error);
        return 1;
    }
    if (host->metrics_fd >= 0) {
        options.metrics = metrics_attach((int)host->metrics_fd, (unsigned)host->worker_index + 1, error, sizeof(error));
        metrics_use(options.metrics);
    }
    if (host->board_fd >= 0)
        options.board = board_attach((int)host->board_fd, (unsigned)host->worker_index + 1);
    working.serving = serving_new(&options);
    if (!working.serving || !worker_start(working.worker, error, sizeof(error)))
        return 1;
    serving_run(working.serving);
    worker_detach(working.worker);
    serving_free(working.serving); // which may have something to say to the master, of what was taken last
    worker_free(working.worker);
    if (options.metrics)
        metrics_free(options.metrics);
    board_free(options.board);
    return 0;
}

static void publish_here(void *user, const void *bytes, size_t len)
{
    if (!take_payload(user, bytes, len))
        log_error("publish_failed", "no memory for a config generation; what came before is served on");
    admin_take(((struct working *)user)->leading.admin, bytes, len);
}

// Connections have waited in the backlog for something to be served.
static void accept_now(void *user)
{
    inline_accept(((struct working *)user)->server);
    notify_manager("READY=1\nSTATUS=serving");
}

static void reread_here(void *user)
{
    leading_reload(&((struct working *)user)->leading);
}

static void look_again_here(void *user, const char *subtree)
{
    publisher_look(((struct working *)user)->leading.publisher, subtree);
}

static void note_read(void *user, const char *model, const struct resource_list *read)
{
    publisher_note(((struct working *)user)->leading.publisher, model, read);
}

// Nothing was tried before it was published: what became of it is known only now.
static void take_outcome(void *user, const void *bytes, size_t len)
{
    uint64_t generation;
    size_t count = telling_count(bytes, len, &generation);

    if (count)
        publisher_not_taken(((struct working *)user)->leading.publisher, generation, count);
}

int daemon_single(struct settings *settings)
{
    const struct host_settings *host = settings_host(settings);
    struct working working = {.worker = NULL};
    struct serving_options serving_options = {.settings = settings,
                                              .read = note_read,
                                              .tell = take_outcome,
                                              .share = 1,
                                              .ready = accept_now,
                                              .user = &working};
    struct observing observing;
    char address[300], tls[300], error[512];
    struct inline_options options = {.listen = ports_address(host, address, sizeof(address)),
                                     .listen_tls = ports_tls_address(host, tls, sizeof(tls)),
                                     .drain_ms = host->drain_timeout_ms,
                                     .user = &working,
                                     .callbacks = working_callbacks,
                                     .reread = reread_here,
                                     .hold = true};
    struct publisher_options publishing = {.believe_empty = host->config_believe_empty || !*host->etcd_endpoints,
                                           .publish = publish_here,
                                           .user = &working};
    char *origin = sources_origin(host);

    log_set_process("single");
    inherited_read();
    observing_start(&observing, host, 2);
    if (!leading_open_doors(&working.leading, host, false, &observing, error, sizeof(error))) {
        log_error("start_failed", "%s", error);
        return 1;
    }
    serving_options.metrics = observing.metrics;
    serving_options.resources = publishing.resources = working.leading.resources = resources_new(
        &(struct resources_options){host, host->config_watch, RESOURCES_WAIT_MS, look_again_here, &working});
    serving_options.board = observing.board ? board_share(observing.board, 1) : NULL;
    working.serving = serving_new(&serving_options);
    if (!working.serving)
        return 1;
    options.counters = observing_counters();
    publishing.metrics = observing.metrics;
    publishing.board = observing.board;
    publishing.origin = origin;
    working.server = inline_new(&options, error, sizeof(error));
    inherited_close_rest();
    if (working.server)
        ports_say_tls(host, inline_tls_port(working.server));
    working.leading.publisher = working.server ? publisher_new(&publishing) : NULL;
    if (!working.leading.publisher || !leading_start(&working.leading, host, false, error, sizeof(error)) ||
        !inline_start(working.server, error, sizeof(error))) {
        log_error("start_failed", "%s", error);
        return 1;
    }
    serving_run(working.serving);
    leading_stop(&working.leading);
    inline_free(working.server);
    serving_free(working.serving);
    resources_free(working.leading.resources);
    publisher_free(working.leading.publisher);
    board_free(serving_options.board);
    free(origin);
    observing_stop(&observing);
    return 0;
}
