// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The master: joins the listener, the mux, the slots and the signals on one poller.
#include "process/master.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/magic.h"
#include "process/counters.h"
#include "process/deal.h"
#include "process/files.h"
#include "process/inherited.h"
#include "process/listener.h"
#include "process/mux.h"
#include "process/postbox.h"
#include "process/signals.h"
#include "process/slot.h"
#include "process/succession.h"
#include "process/upgrade.h"

#define MASTER_MAGIC 0x6d737472u
#define DEFAULT_BACKLOG 4096
#define DEFAULT_QUEUED 1024
#define DEFAULT_QUICK_RESTARTS 3
#define DEFAULT_UPGRADE_MS 60000

struct master {
    uint32_t magic;
    struct master_options options;
    struct process_counters own_counters;
    struct listener listener;
    unsigned port;
    struct poller poller;
    struct signals signals;
    struct mux *mux;
    struct slot_context context;
    struct slot *slots;
    struct deal deal;
    struct upgrade upgrade;
    struct succession succession;
    uint64_t last_id;
    struct poller_timer deadline;
    bool leaving; // asked to stop
    atomic_bool stop;
    struct postbox postbox;
};

static struct master *master_of(struct slot *slot)
{
    return POLLER_OWNER(slot->context, struct master, context);
}

static void route(void *user, int fd, enum mux_protocol protocol, const struct sockaddr *peer, socklen_t peer_len)
{
    struct master *master = user;
    struct connection *connection =
        connection_new(&master->poller, master->context.counters, ++master->last_id, fd, protocol, peer, peer_len);

    if (connection)
        deal_connection(&master->deal, connection);
    else
        process_count(&master->context.counters->refused);
}

static bool all_empty(const struct master *master)
{
    for (unsigned i = 0; i < master->options.workers; i++) {
        if (master->slots[i].state != SLOT_EMPTY)
            return false;
    }
    return true;
}

static void slot_is_late(struct slot *slot)
{
    deal_slot_late(&master_of(slot)->deal, slot);
}

static void slot_is_ready(struct slot *slot)
{
    deal_slot_ready(&master_of(slot)->deal);
}

static void slot_is_empty(struct slot *slot)
{
    struct master *master = master_of(slot);

    deal_again(&master->deal, slot);
    if (master->context.draining && all_empty(master))
        poller_stop(&master->poller);
}

static void kill_all(struct master *master, const char *why)
{
    for (unsigned i = 0; i < master->options.workers; i++) {
        struct slot *slot = &master->slots[i];

        if (slot->state == SLOT_EMPTY)
            continue;
        log_warning("drain", "killing worker %u (pid %ld): %s", i, (long)slot->pid, why);
        slot_kill(slot);
    }
}

// Nothing comes any more: workers get no connection after this.
static void drain_workers(struct master *master)
{
    master->context.draining = true;
    master->deal.over = true;
    if (master->mux)
        mux_stop(master->mux);
    for (unsigned i = 0; i < master->options.workers; i++) {
        struct slot *slot = &master->slots[i];

        slot_send(slot, CONTROL_DRAIN, -1);
        deal_again(&master->deal, slot); // to nowhere: it is refused
        if (slot->state == SLOT_EMPTY)
            poller_disarm(&master->poller, &slot->timer);
    }
    if (all_empty(master))
        poller_stop(&master->poller);
}

static void door_is_closed(void *user)
{
    drain_workers(user);
}

static void out_of_time(struct poller_timer *timer)
{
    struct master *master = POLLER_OWNER(timer, struct master, deadline);

    if (!master->context.draining)
        drain_workers(master);
    kill_all(master, "the time for draining is over");
}

// 'succeeded': somebody else accepts from the same sockets.
static void drain(struct master *master, bool succeeded)
{
    master->leaving = true;
    upgrade_end(&master->upgrade);
    succession_end(&master->succession);
    if (master->options.leaving)
        master->options.leaving(master->options.user, succeeded);
    log_info("drain", "draining: no new connections; workers have %.1f s to finish",
             (double)master->options.drain_ms / 1000);
    poller_arm(&master->poller, &master->deadline, clock_now_us() + master->options.drain_ms * 1000);
    if (master->mux)
        mux_leave(master->mux, !succeeded, door_is_closed);
    else
        drain_workers(master);
    listener_close(&master->listener);
}

static void asked_to_stop(struct master *master, const char *by)
{
    if (!master->leaving) {
        drain(master, false);
        return;
    }
    if (!master->context.draining)
        drain_workers(master);
    kill_all(master, by);
}

static void stop_by_signal(struct signals *signals, const char *by)
{
    asked_to_stop(POLLER_OWNER(signals, struct master, signals), by);
}

static void reread(struct signals *signals)
{
    struct master *master = POLLER_OWNER(signals, struct master, signals);

    if (master->options.reread && !master->leaving)
        master->options.reread(master->options.user);
}

static struct master *master_of_upgrade(struct upgrade *upgrade)
{
    return POLLER_OWNER(upgrade, struct master, upgrade);
}

static void tell_upgrade(struct master *master, enum master_upgrade what, const char *why)
{
    if (master->options.upgrade)
        master->options.upgrade(master->options.user, what, master->upgrade.pid, why);
}

static char *judge(struct upgrade *upgrade, const char *missing)
{
    const struct master_options *options = &master_of_upgrade(upgrade)->options;

    return options->judge ? options->judge(options->user, missing) : NULL;
}

static void upgrade_failed(struct upgrade *upgrade, const char *why)
{
    log_error("upgrade_failed", "process %ld (%s) does not take over: %s; this one goes on", (long)upgrade->pid,
              upgrade->program, why);
    tell_upgrade(master_of_upgrade(upgrade), MASTER_UPGRADE_FAILED, why);
}

static void upgrade_succeeded(struct upgrade *upgrade)
{
    struct master *master = master_of_upgrade(upgrade);

    log_info("upgraded", "process %ld (%s) takes over", (long)upgrade->pid, upgrade->program);
    tell_upgrade(master, MASTER_UPGRADE_DONE, NULL);
    drain(master, true);
}

static void start_upgrade(struct signals *signals)
{
    struct master *master = POLLER_OWNER(signals, struct master, signals);
    char why[512];

    if (master->leaving || master->succession.under_way || !master->options.successor) {
        log_error("upgrade_refused", "no upgrade: this process %s",
                  master->leaving                ? "is leaving"
                  : master->succession.under_way ? "has not taken over yet itself"
                                                 : "doesn't know the path of its program; start it by its path");
        return;
    }
    if (!upgrade_start(&master->upgrade, why, sizeof(why))) {
        log_error("upgrade_refused", "no upgrade: %s", why);
        if (!master->upgrade.under_way)
            tell_upgrade(master, MASTER_UPGRADE_FAILED, why);
        return;
    }
    log_info("upgrade", "started %s as process %ld, which is to take over", master->upgrade.program,
             (long)master->upgrade.pid);
    tell_upgrade(master, MASTER_UPGRADE_BEGUN, NULL);
}

static void deliver_posts(struct master *master)
{
    for (struct post *post = postbox_take(&master->postbox); post; post = post_free(post)) {
        for (unsigned i = 0; i < master->options.workers && !master->context.draining; i++)
            slot_send(&master->slots[i], CONTROL_PAYLOAD, post->parcel);
    }
}

static void woken(void *user)
{
    struct master *master = user;

    deliver_posts(master);
    if (atomic_exchange(&master->stop, false))
        asked_to_stop(master, "asked a second time to stop");
}

bool master_publish(struct master *master, const void *bytes, size_t len)
{
    CHECK_MAGIC(master, MASTER_MAGIC);
    return postbox_put(&master->postbox, bytes, len);
}

void master_stop(struct master *master)
{
    atomic_store(&master->stop, true);
    poller_wake(&master->poller);
}

static void use_defaults(struct master_options *options)
{
    if (options->backlog <= 0)
        options->backlog = DEFAULT_BACKLOG;
    if (options->drain_ms <= 0)
        options->drain_ms = DRAIN_DEFAULT_MS;
    if (options->max_queued == 0)
        options->max_queued = DEFAULT_QUEUED;
    if (options->quick_restarts == 0)
        options->quick_restarts = DEFAULT_QUICK_RESTARTS;
    if (options->upgrade_ms <= 0)
        options->upgrade_ms = DEFAULT_UPGRADE_MS;
}

static bool open_door(struct master *master)
{
    struct mux_options mux = {
        .timeout_ms = master->options.first_bytes_ms,
        .max_undecided = master->options.max_undecided,
        .route = route,
        .user = master,
        .counters = master->context.counters,
    };

    master->mux = mux_new(&master->poller, &master->listener, &mux);
    return master->mux != NULL;
}

// The one before accepts no more.
static void take_over(struct succession *succession)
{
    struct master *master = POLLER_OWNER(succession, struct master, succession);

    if (!open_door(master)) {
        log_error("accept", "can't accept: %s", strerror(errno));
        asked_to_stop(master, "it can't accept");
        return;
    }
    log_info("took_over", "listening on port %u for %u workers", master->port, master->options.workers);
    if (master->options.took_over)
        master->options.took_over(master->options.user);
}

void master_can_serve(struct master *master, const char *missing)
{
    CHECK_MAGIC(master, MASTER_MAGIC);
    succession_ready(&master->succession, missing);
}

// Accepting begins at once, or when the process before leaves.
static bool build(struct master *master)
{
    master->slots = calloc(master->options.workers, sizeof(*master->slots));
    if (!master->slots)
        return false;
    for (unsigned i = 0; i < master->options.workers; i++)
        slot_init(&master->slots[i], &master->context, i);
    master->deal = (struct deal){
        .slots = master->slots,
        .count = master->options.workers,
        .max_waiting = master->options.max_queued,
        .counters = master->context.counters,
    };
    master->signals =
        (struct signals){.poller = &master->poller, .stop = stop_by_signal, .reread = reread, .upgrade = start_upgrade};
    master->upgrade = (struct upgrade){.poller = &master->poller,
                                       .argv = master->options.argv,
                                       .program = master->options.successor,
                                       .limit_ms = master->options.upgrade_ms,
                                       .judge = judge,
                                       .succeeded = upgrade_succeeded,
                                       .failed = upgrade_failed};
    master->succession = (struct succession){.poller = &master->poller, .take = take_over};
    if (!signals_start(&master->signals))
        return false;
    return master->options.succession_fd > 0 ? succession_begin(&master->succession, master->options.succession_fd)
                                             : open_door(master);
}

struct master *master_new(const struct master_options *options, char *error, size_t size)
{
    struct master *master = calloc(1, sizeof(*master));

    ALWAYS(options->workers > 0 && options->argv);
    if (!master) {
        snprintf(error, size, "no memory for the master");
        return NULL;
    }
    files_raise_limit();
    master->magic = MASTER_MAGIC;
    master->options = *options;
    use_defaults(&master->options);
    postbox_init(&master->postbox, &master->poller);
    master->poller.epoll = master->poller.waker.fd = -1;
    master->deadline.fn = out_of_time;
    master->context = (struct slot_context){
        .poller = &master->poller,
        .options = &master->options,
        .counters = options->counters ? options->counters : &master->own_counters,
        .ready = slot_is_ready,
        .late = slot_is_late,
        .empty = slot_is_empty,
    };
    if (!inherited_take("main", &master->listener) &&
        !listener_open(&master->listener, options->listen, master->options.backlog, error, size)) {
        master_free(master);
        return NULL;
    }
    inherited_note("main", &master->listener);
    master->port = master->listener.port;
    if (!poller_init(&master->poller, woken, master) || !build(master)) {
        snprintf(error, size, "can't set up the master: %s", strerror(errno));
        master_free(master);
        return NULL;
    }
    return master;
}

unsigned master_port(const struct master *master)
{
    return master->port;
}

int master_run(struct master *master)
{
    CHECK_MAGIC(master, MASTER_MAGIC);
    if (master->mux)
        log_info("listening", "listening on port %u for %u workers", master->port, master->options.workers);
    else
        log_info("upgrade", "to listen on port %u for %u workers, once they serve", master->port,
                 master->options.workers);
    for (unsigned i = 0; i < master->options.workers; i++)
        slot_spawn(&master->slots[i]);
    poller_run(&master->poller);
    log_info("drain", "all workers have ended");
    return EXIT_SUCCESS;
}

void master_free(struct master *master)
{
    CHECK_MAGIC(master, MASTER_MAGIC);
    upgrade_end(&master->upgrade);
    succession_end(&master->succession);
    mux_free(master->mux);
    listener_close(&master->listener);
    for (unsigned i = 0; master->slots && i < master->options.workers; i++) {
        slot_free(&master->slots[i]);
        while (master->slots[i].waiting.first)
            connection_close(master->slots[i].waiting.first);
    }
    postbox_free(&master->postbox);
    signals_stop(&master->signals);
    poller_close(&master->poller);
    free(master->slots);
    master->magic = 0;
    free(master);
}
