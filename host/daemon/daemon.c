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
#include "daemon/admin.h"
#include "daemon/board.h"
#include "daemon/module_watch.h"
#include "daemon/publisher.h"
#include "daemon/resources.h"
#include "daemon/serving.h"
#include "daemon/sources.h"
#include "daemon/succeeding.h"
#include "daemon/telling.h"
#include "daemon/tls.h"
#include "front/access.h"
#include "metrics/metrics.h"
#include "metrics/statsd.h"
#include "process/counters.h"
#include "process/inherited.h"
#include "process/inline.h"
#include "process/master.h"
#include "process/notify.h"
#include "process/signals.h"
#include "process/succession.h"
#include "run/backend_tls.h"

static const char *listen_address(const struct host_settings *host, int64_t port, char *text, size_t size)
{
    snprintf(text, size, "%s:%lld", *host->listen_address ? host->listen_address : "*", (long long)port);
    return text;
}

// Where to listen for TLS, in text; NULL: nowhere.
static const char *tls_address(const struct host_settings *host, char *text, size_t size)
{
    return host->tls_port < 0 ? NULL : listen_address(host, host->tls_port, text, size);
}

static void say_tls(const struct host_settings *host, unsigned port)
{
    if (port)
        log_info("tls", "TLS on port %u%s", port, *host->tls_ca_file ? ", for clients with a certificate" : "");
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

// What the process has that leads: it follows configs, publishes them, and hears administrators.
struct leading {
    struct resources *resources;
    struct publisher *publisher;
    struct source *source;
    struct admin *admin;
    struct module_watch *modules;
};

static uint64_t reload(void *user)
{
    struct leading *leading = user;

    admin_reread(leading->admin);
    source_reread(leading->source);
    resources_reread(leading->resources);
    return publisher_refresh(leading->publisher);
}

static uint64_t rescan(void *user)
{
    return publisher_rescan(((struct leading *)user)->publisher);
}

static void take_modules(void *user)
{
    rescan(user);
}

static uint64_t lift(void *user, const struct quarantine_whom *whom, unsigned *lifted)
{
    return publisher_lift(((struct leading *)user)->publisher, whom, lifted);
}

// The files that those who serve will read.
static bool are_fine(const struct host_settings *host, char *error, size_t size)
{
    struct backend_tls *tls = *host->backend_tls_file ? backend_tls_new(host->backend_tls_file, error, size) : NULL;
    bool fine = tls || !*host->backend_tls_file;
    struct access *access = fine && *host->access_file ? access_new(host->access_file, error, size) : NULL;

    backend_tls_free(tls);
    access_free(access);
    return fine && (access || !*host->access_file);
}

// What others come by, but for the port itself. Before the first process is started and the first thing is published.
// False with a message in error.
static bool open_doors(struct leading *leading, const struct host_settings *host, bool succeeds,
                       const struct observing *observing, char *error, size_t size)
{
    if (!tls_check(host, error, size) || !are_fine(host, error, size))
        return false;
    if (*host->admin_address)
        leading->admin = admin_new(host->admin_address, succeeds, host->access_file, observing->metrics,
                                   observing->board, error, size);
    return !*host->admin_address || leading->admin;
}

static bool hear_administrators(struct leading *leading, char *error, size_t size)
{
    struct admin_actions actions = {.reload = reload, .rescan = rescan, .lift = lift, .user = leading};

    return admin_serve(leading->admin, &actions, error, size);
}

// Follows configs, and hears administrators unless they are to be heard by another process yet. False with a message in
// error.
static bool start_leading(struct leading *leading, const struct host_settings *host, bool succeeds, char *error,
                          size_t size)
{
    leading->source =
        sources_open(host, host->config_watch, publisher_take, publisher_away, leading->publisher, error, size);
    if (host->module_watch)
        leading->modules = module_watch_new(host->module_path, take_modules, leading);
    return leading->source && (succeeds || hear_administrators(leading, error, size));
}

// Nothing is published any more after it.
static void stop_leading(struct leading *leading)
{
    admin_stop(leading->admin);
    module_watch_free(leading->modules);
    source_close(leading->source);
    publisher_stop(leading->publisher);
    admin_free(leading->admin);
}

struct supervising {
    struct master *master;
    const struct observing *observing;
    struct leading leading;
    struct succeeding succeeding;
    unsigned ready; // workers, of all times
};

static void publish_to_workers(void *user, const void *bytes, size_t len)
{
    struct supervising *supervising = user;

    if (!master_publish(supervising->master, bytes, len))
        log_error("publish_failed", "a config generation did not reach the workers: %m");
    admin_take(supervising->leading.admin, bytes, len);
}

static void *snapshot(void *user, size_t *len)
{
    struct supervising *supervising = user;

    return publisher_snapshot(supervising->leading.publisher, len);
}

static void reread(void *user)
{
    reload(&((struct supervising *)user)->leading);
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
        publisher_crash(supervising->leading.publisher, death->crumb, how);
}

static void vacate(const struct observing *observing, unsigned worker)
{
    if (observing->metrics)
        metrics_vacate(observing->metrics, worker + 1);
    if (observing->board)
        board_vacate(observing->board, worker + 1);
}

static void note_vacated(void *user, unsigned worker)
{
    vacate(((struct supervising *)user)->observing, worker);
}

static void look_again(void *user, const char *subtree)
{
    struct supervising *supervising = user;

    publisher_look(supervising->leading.publisher, subtree);
}

// How long the store may say nothing of resources when a config first asks for some.
#define RESOURCES_WAIT_MS 2000

static void read_report(void *user, unsigned worker, const void *bytes, size_t len)
{
    telling_read(worker, bytes, len);
    succeeding_hear(&((struct supervising *)user)->succeeding, worker, bytes, len);
}

static char *judge(void *user, const char *missing)
{
    struct supervising *supervising = user;
    char *why = succeeding_judge(&supervising->succeeding, missing);

    if (!why) // before the other opens its own at the same path
        admin_stop(supervising->leading.admin);
    return why;
}

static void note_upgrade(void *user, enum master_upgrade what, pid_t pid, const char *why)
{
    succeeding_upgrade(&((struct supervising *)user)->succeeding, what, pid, why);
}

static void took_over(void *user)
{
    struct supervising *supervising = user;
    char error[512];

    succeeding_took_over(&supervising->succeeding);
    if (!hear_administrators(&supervising->leading, error, sizeof(error)))
        log_error("admin_failed", "%s", error);
}

static void leave(void *user, bool succeeded)
{
    if (succeeded)
        publisher_leave(((struct supervising *)user)->leading.publisher);
    else
        notify_manager("STOPPING=1\nSTATUS=draining");
}

// The first time that all are.
static void note_ready(void *user, unsigned worker, pid_t pid)
{
    struct supervising *supervising = user;

    (void)worker, (void)pid;
    if (++supervising->ready == supervising->succeeding.workers && !supervising->succeeding.succeeds)
        notify_manager("READY=1\nSTATUS=serving");
}

// What the process before us had for its workers.
static void close_handed_down(const struct host_settings *host)
{
    if (host->metrics_fd >= 0)
        close((int)host->metrics_fd);
    if (host->board_fd >= 0)
        close((int)host->board_fd);
}

int daemon_master(struct settings *settings, const char *program, char *const *argv)
{
    const struct host_settings *host = settings_host(settings);
    struct observing observing;
    struct supervising supervising = {.observing = &observing};
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
    char address[300], tls[300], error[512];
    struct master_options options = {.listen = listen_address(host, host->port, address, sizeof(address)),
                                     .listen_tls = tls_address(host, tls, sizeof(tls)),
                                     .workers = worker_count(host),
                                     .argv = argv,
                                     .drain_ms = host->drain_timeout_ms,
                                     .stuck_ms = host->stuck_ms,
                                     .max_http2 = (size_t)host->max_connections,
                                     .memory_limit = (size_t)host->worker_memory,
                                     .user = &supervising,
                                     .snapshot = snapshot,
                                     .died = take_death,
                                     .vacated = note_vacated,
                                     .reread = reread,
                                     .report = read_report,
                                     .successor = program,
                                     .upgrade_ms = host->upgrade_timeout_ms,
                                     .ready = note_ready,
                                     .judge = judge,
                                     .upgrade = note_upgrade,
                                     .leaving = leave,
                                     .took_over = took_over};
    int status;

    log_set_process("master");
    close_handed_down(host);
    inherited_read();
    options.succession_fd = succession_find();
    start_observing(&observing, host, 1 + options.workers + 1); // the last one's worker is still to come
    vacate(&observing, options.workers);
    options.counters = connection_counters();
    supervising.master = master_new(&options, error, sizeof(error));
    if (!supervising.master ||
        !open_doors(&supervising.leading, host, options.succession_fd > 0, &observing, error, sizeof(error))) {
        log_error("start_failed", "%s", error);
        return 1;
    }
    say_tls(host, master_tls_port(supervising.master));
    publishing.metrics = observing.metrics;
    publishing.board = observing.board;
    publishing.origin = origin;
    publishing.resources = supervising.leading.resources = resources_new(
        &(struct resources_options){host, host->config_watch, RESOURCES_WAIT_MS, look_again, &supervising});
    supervising.leading.publisher = publisher_new(&publishing);
    supervising.succeeding = (struct succeeding){.master = supervising.master,
                                                 .publisher = supervising.leading.publisher,
                                                 .workers = options.workers,
                                                 .succeeds = options.succession_fd > 0};
    inherited_close_rest();
    if (!start_leading(&supervising.leading, host, options.succession_fd > 0, error, sizeof(error))) {
        log_error("start_failed", "%s", error);
        return 1;
    }
    status = master_run(supervising.master);
    stop_leading(&supervising.leading);
    resources_free(supervising.leading.resources);
    publisher_free(supervising.leading.publisher);
    succeeding_free(&supervising.succeeding);
    free(origin);
    master_free(supervising.master);
    stop_observing(&observing);
    return status;
}

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
    reload(&((struct working *)user)->leading);
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
    struct inline_options options = {.listen = listen_address(host, host->port, address, sizeof(address)),
                                     .listen_tls = tls_address(host, tls, sizeof(tls)),
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
    start_observing(&observing, host, 2);
    if (!open_doors(&working.leading, host, false, &observing, error, sizeof(error))) {
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
    options.counters = connection_counters();
    publishing.metrics = observing.metrics;
    publishing.board = observing.board;
    publishing.origin = origin;
    working.server = inline_new(&options, error, sizeof(error));
    inherited_close_rest();
    if (working.server)
        say_tls(host, inline_tls_port(working.server));
    working.leading.publisher = working.server ? publisher_new(&publishing) : NULL;
    if (!working.leading.publisher || !start_leading(&working.leading, host, false, error, sizeof(error)) ||
        !inline_start(working.server, error, sizeof(error))) {
        log_error("start_failed", "%s", error);
        return 1;
    }
    serving_run(working.serving);
    stop_leading(&working.leading);
    inline_free(working.server);
    serving_free(working.serving);
    resources_free(working.leading.resources);
    publisher_free(working.leading.publisher);
    board_free(serving_options.board);
    free(origin);
    stop_observing(&observing);
    return 0;
}
