// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The daemon's ways to run.
#include "daemon/daemon.h"

#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "daemon/board.h"
#include "daemon/publisher.h"
#include "daemon/resources.h"
#include "daemon/serving.h"
#include "daemon/sources.h"
#include "daemon/telling.h"
#include "metrics/metrics.h"
#include "metrics/statsd.h"
#include "process/counters.h"
#include "process/inline.h"
#include "process/master.h"
#include "process/signals.h"

static const char *listen_address(const struct host_settings *host, char *text, size_t size)
{
    snprintf(text, size, "%s:%lld", *host->listen_address ? host->listen_address : "*", (long long)host->port);
    return text;
}

static unsigned worker_count(const struct host_settings *host)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);

    return host->workers > 0 ? (unsigned)host->workers : cores > 0 ? (unsigned)cores : 1;
}

// The metrics of all processes, and where they are sent to.
struct observing {
    struct metrics *metrics;
    struct board *board;
    struct statsd *statsd;
};

static void send_metrics(struct observing *observing, const struct host_settings *host)
{
    struct statsd_options options = {.host = host->telegraf_host,
                                     .port = (unsigned)host->telegraf_port,
                                     .sampling_rate = host->metric_sampling_rate};
    char error[256];
    struct text tags;

    if (!observing->metrics || !*host->telegraf_host)
        return;
    text_init(&tags);
    metrics_tag(&tags, "env", host->environment);
    metrics_tag(&tags, "service", host->name);
    options.tags = text_string(&tags);
    observing->statsd = statsd_start(observing->metrics, &options, error, sizeof(error));
    if (!observing->statsd)
        log_error("statsd_failed", "%s", error);
    text_free(&tags);
}

// Children inherit the descriptor, and find it by their environment.
static void hand_down(const char *variable, int fd)
{
    char number[16];

    snprintf(number, sizeof(number), "%d", fd);
    if (fcntl(fd, F_SETFD, 0) == 0)
        setenv(variable, number, 1);
}

// Makes the memory for 'slots' processes.
static void start_observing(struct observing *observing, const struct host_settings *host, unsigned slots)
{
    char error[256];
    int fd = -1;

    observing->board = board_new(slots, &fd);
    if (observing->board)
        hand_down("INFERD_BOARD_FD", fd);
    else
        log_error("board_failed", "/config can't tell of other processes: no shared memory: %m");

    observing->statsd = NULL;
    observing->metrics = metrics_new(slots, &fd, error, sizeof(error));
    if (!observing->metrics) {
        log_error("metrics_failed", "%s", error);
        return;
    }
    metrics_use(observing->metrics);
    hand_down("INFERD_METRICS_FD", fd);
    send_metrics(observing, host);
}

static void stop_observing(struct observing *observing)
{
    if (observing->statsd)
        statsd_stop(observing->statsd);
    if (observing->metrics)
        metrics_free(observing->metrics);
    board_free(observing->board);
}

// Connections are counted where the metrics are: the counters' struct has the order of the metrics' table.
static struct process_counters *connection_counters(void)
{
    _Static_assert(METRICS_WORKERS_OUTGROWN - METRICS_CONNECTIONS_ACCEPTED + 1 ==
                       sizeof(struct process_counters) / sizeof(uint64_t),
                   "metrics/counters.tbl and process/counters.h must have the same counters");
    _Static_assert((METRICS_CONNECTIONS_HANDED - METRICS_CONNECTIONS_ACCEPTED) * sizeof(uint64_t) ==
                           offsetof(struct process_counters, handed) &&
                       (METRICS_CONNECTIONS_LOST - METRICS_CONNECTIONS_ACCEPTED) * sizeof(uint64_t) ==
                           offsetof(struct process_counters, lost),
                   "and in the same order");
    return (struct process_counters *)&metrics_host_values[METRICS_CONNECTIONS_ACCEPTED];
}

struct supervising {
    struct master *master;
    struct resources *resources;
    struct publisher *publisher;
    struct source *source;
};

static void publish_to_workers(void *user, const void *bytes, size_t len)
{
    struct supervising *supervising = user;

    if (!master_publish(supervising->master, bytes, len))
        log_error("publish_failed", "a config generation did not reach the workers: %m");
}

static void *snapshot(void *user, size_t *len)
{
    struct supervising *supervising = user;

    return publisher_snapshot(supervising->publisher, len);
}

static void reread(void *user)
{
    struct supervising *supervising = user;

    source_reread(supervising->source);
    resources_reread(supervising->resources);
    publisher_refresh(supervising->publisher);
}

// What ended it; false: that tells nothing of the plugin it was in. (SIGKILL from elsewhere: an administrator, or the
// kernel for want of memory, which may be anybody's.)
static bool is_crash(const struct master_death *death, char *how, size_t size)
{
    char name[32];

    if (death->stuck)
        snprintf(how, size, "being stuck");
    else if (death->signal)
        snprintf(how, size, "%s", signals_name(death->signal, name, sizeof(name)));
    else
        snprintf(how, size, "exit(%d)", death->exit_status);
    return death->crumb && (death->stuck || death->signal != SIGKILL);
}

static void take_death(void *user, const struct master_death *death)
{
    struct supervising *supervising = user;
    char how[32];

    if (is_crash(death, how, sizeof(how)))
        publisher_crash(supervising->publisher, death->crumb, how);
}

static void look_again(void *user, const char *subtree)
{
    struct supervising *supervising = user;

    publisher_look(supervising->publisher, subtree);
}

// How long the store may say nothing of resources when a config first asks for some.
#define RESOURCES_WAIT_MS 2000

static void read_report(void *user, unsigned worker, const void *bytes, size_t len)
{
    (void)user;
    telling_read(worker, bytes, len);
}

int daemon_master(struct settings *settings, char *const *argv)
{
    const struct host_settings *host = settings_host(settings);
    struct supervising supervising = {NULL};
    struct observing observing;
    struct publisher_options publishing = {.argv = argv,
                                           .state_dir = host->state_dir,
                                           .service = host->name,
                                           .believe_empty = host->config_believe_empty || !*host->etcd_endpoints,
                                           .quarantine = {(unsigned)host->quarantine_after,
                                                          (unsigned)host->quarantine_module_after,
                                                          host->quarantine_window_ms * 1000},
                                           .publish = publish_to_workers,
                                           .user = &supervising};
    char *origin = sources_origin(host);
    char address[300], error[256];
    struct master_options options = {.listen = listen_address(host, address, sizeof(address)),
                                     .workers = worker_count(host),
                                     .argv = argv,
                                     .drain_ms = host->drain_timeout_ms,
                                     .stuck_ms = host->stuck_ms,
                                     .memory_limit = (size_t)host->worker_memory,
                                     .user = &supervising,
                                     .snapshot = snapshot,
                                     .died = take_death,
                                     .reread = reread,
                                     .report = read_report};
    int status;

    log_set_process("master");
    start_observing(&observing, host, options.workers + 1);
    options.counters = connection_counters();
    supervising.master = master_new(&options, error, sizeof(error));
    if (!supervising.master) {
        log_error("start_failed", "%s", error);
        return 1;
    }
    publishing.metrics = observing.metrics;
    publishing.board = observing.board;
    publishing.origin = origin;
    publishing.resources = supervising.resources = resources_new(
        &(struct resources_options){host, host->config_watch, RESOURCES_WAIT_MS, look_again, &supervising});
    supervising.publisher = publisher_new(&publishing);
    supervising.source = sources_open(host, host->config_watch, publisher_take, publisher_away, supervising.publisher,
                                      error, sizeof(error));
    if (!supervising.source) {
        log_error("start_failed", "%s", error);
        return 1;
    }
    status = master_run(supervising.master);
    source_close(supervising.source);
    publisher_stop(supervising.publisher);
    resources_free(supervising.resources);
    publisher_free(supervising.publisher);
    free(origin);
    master_free(supervising.master);
    stop_observing(&observing);
    return status;
}

// What a process serves, and what it belongs to: a worker to its master, a single process to its source.
struct working {
    struct worker *worker;
    struct serving *serving;
    struct resources *resources;
    struct publisher *publisher;
    struct source *source;
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

static void take_payload(void *user, const void *bytes, size_t len)
{
    serving_callbacks.payload(((struct working *)user)->serving, bytes, len);
}

static void drain(void *user)
{
    serving_callbacks.drain(((struct working *)user)->serving);
}

static const struct worker_callbacks working_callbacks = {take_connection, take_payload, drain};

int daemon_worker(struct settings *settings)
{
    const struct host_settings *host = settings_host(settings);
    struct working working = {NULL};
    struct serving_options options = {
        .settings = settings, .share = worker_count(host), .ready = say_ready, .tell = tell_master, .user = &working};
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
    take_payload(user, bytes, len);
}

// Connections have waited in the backlog for something to be served.
static void accept_now(void *user)
{
    inline_accept(((struct working *)user)->server);
}

static void reread_here(void *user)
{
    struct working *working = user;

    if (working->source)
        source_reread(working->source);
    resources_reread(working->resources);
}

static void look_again_here(void *user, const char *subtree)
{
    publisher_look(((struct working *)user)->publisher, subtree);
}

static void note_read(void *user, const char *model, const struct resource_list *read)
{
    publisher_note(((struct working *)user)->publisher, model, read);
}

int daemon_single(struct settings *settings)
{
    const struct host_settings *host = settings_host(settings);
    struct working working = {NULL};
    struct serving_options serving_options = {
        .settings = settings, .read = note_read, .share = 1, .ready = accept_now, .user = &working};
    struct observing observing;
    char address[300], error[256];
    struct inline_options options = {.listen = listen_address(host, address, sizeof(address)),
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
    start_observing(&observing, host, 2);
    serving_options.metrics = observing.metrics;
    serving_options.resources = publishing.resources = working.resources = resources_new(
        &(struct resources_options){host, host->config_watch, RESOURCES_WAIT_MS, look_again_here, &working});
    serving_options.board = observing.board ? board_share(observing.board, 1) : NULL;
    working.serving = serving_new(&serving_options);
    if (!working.serving)
        return 1;
    options.counters = connection_counters();
    publishing.metrics = observing.metrics;
    publishing.board = observing.board;
    publishing.origin = origin;
    working.server = inline_new(&options, error, sizeof(error));
    working.publisher = working.server ? publisher_new(&publishing) : NULL;
    working.source = working.publisher ? sources_open(host, host->config_watch, publisher_take, publisher_away,
                                                      working.publisher, error, sizeof(error))
                                       : NULL;
    if (!working.source || !inline_start(working.server, error, sizeof(error))) {
        log_error("start_failed", "%s", error);
        return 1;
    }
    serving_run(working.serving);
    source_close(working.source);
    publisher_stop(working.publisher);
    inline_free(working.server);
    serving_free(working.serving);
    resources_free(working.resources);
    publisher_free(working.publisher);
    board_free(serving_options.board);
    free(origin);
    stop_observing(&observing);
    return 0;
}
