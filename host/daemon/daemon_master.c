// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The process that leads and serves nothing itself.
#include "daemon/daemon.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "daemon/admin.h"
#include "daemon/board.h"
#include "daemon/daemon_inner.h"
#include "daemon/leading.h"
#include "daemon/observing.h"
#include "daemon/ports.h"
#include "daemon/publisher.h"
#include "daemon/resources.h"
#include "daemon/sources.h"
#include "daemon/succeeding.h"
#include "daemon/telling.h"
#include "metrics/metrics.h"
#include "process/inherited.h"
#include "process/master.h"
#include "process/notify.h"
#include "process/signals.h"
#include "process/succession.h"

unsigned daemon_workers(const struct host_settings *host)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);

    return host->workers > 0 ? (unsigned)host->workers : cores > 0 ? (unsigned)cores : 1;
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
    leading_reload(&((struct supervising *)user)->leading);
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
    bool crash = is_crash(death, how, sizeof(how));

    publisher_death(supervising->leading.publisher, death->worker, how, crash ? death->crumb : NULL);
    if (crash)
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
    struct supervising *supervising = user;

    vacate(supervising->observing, worker);
    publisher_back(supervising->leading.publisher, worker);
}

static void look_again(void *user, const char *subtree)
{
    struct supervising *supervising = user;

    publisher_look(supervising->leading.publisher, subtree);
}

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
    if (!leading_hear(&supervising->leading, error, sizeof(error)))
        log_error("admin_failed", "%s", error);
}

static void leave(void *user, bool succeeded)
{
    if (succeeded)
        publisher_leave(((struct supervising *)user)->leading.publisher);
    else
        notify_manager("STOPPING=1\nSTATUS=draining");
}

static void note_ready(void *user, unsigned worker, pid_t pid)
{
    struct supervising *supervising = user;

    (void)pid;
    publisher_back(supervising->leading.publisher, worker);
    // The first time that all are.
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
    struct master_options options = {.listen = ports_address(host, address, sizeof(address)),
                                     .listen_tls = ports_tls_address(host, tls, sizeof(tls)),
                                     .workers = daemon_workers(host),
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
    observing_start(&observing, host, 1 + options.workers + 1); // the last one's worker is still to come
    vacate(&observing, options.workers);
    options.counters = observing_counters();
    supervising.master = master_new(&options, error, sizeof(error));
    if (!supervising.master ||
        !leading_open_doors(&supervising.leading, host, options.succession_fd > 0, &observing, error, sizeof(error))) {
        log_error("start_failed", "%s", error);
        return 1;
    }
    ports_say_tls(host, master_tls_port(supervising.master));
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
    if (!leading_start(&supervising.leading, host, options.succession_fd > 0, error, sizeof(error))) {
        log_error("start_failed", "%s", error);
        return 1;
    }
    status = master_run(supervising.master);
    leading_stop(&supervising.leading);
    resources_free(supervising.leading.resources);
    publisher_free(supervising.leading.publisher);
    succeeding_free(&supervising.succeeding);
    free(origin);
    master_free(supervising.master);
    observing_stop(&observing);
    return status;
}
