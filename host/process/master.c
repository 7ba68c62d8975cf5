// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The master: joins the listener, the mux, the slots and the signals on one poller.
#include "process/master_inner.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/log_limit.h"
#include "base/magic.h"
#include "process/files.h"
#include "process/inherited.h"
#include "process/mux.h"

#define DEFAULT_BACKLOG 4096
#define DEFAULT_QUEUED 1024
#define DEFAULT_QUICK_RESTARTS 3
#define DEFAULT_LATE_MS 1000
#define DEFAULT_UPGRADE_MS 60000

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
        process_count(&master->context.counters->refused_files);
}

static void slot_is_late(struct slot *slot)
{
    deal_slot_late(&master_of(slot)->deal, slot);
}

static void slot_is_ready(struct slot *slot)
{
    struct master *master = master_of(slot);

    deal_slot_ready(&master->deal, slot);
    relief_slot_ready(&master->relief, slot);
}

static void slot_is_outgrown(struct slot *slot)
{
    relief_ask(&master_of(slot)->relief, slot);
}

static void slot_is_empty(struct slot *slot)
{
    struct master *master = master_of(slot);

    relief_slot_empty(&master->relief, slot);
    if (slot->state == SLOT_VACANT && master->options.vacated)
        master->options.vacated(master->options.user, slot->index);
    deal_again(&master->deal, slot);
    if (master->context.draining && master_all_empty(master))
        poller_stop(&master->poller);
}

static void stop_by_signal(struct signals *signals, const char *by)
{
    master_asked_to_stop(POLLER_OWNER(signals, struct master, signals), by);
}

static void reread(struct signals *signals)
{
    struct master *master = POLLER_OWNER(signals, struct master, signals);

    if (master->options.reread && !master->leaving)
        master->options.reread(master->options.user);
}

static void deliver_posts(struct master *master)
{
    for (struct post *post = postbox_take(&master->postbox); post; post = post_free(post)) {
        for (unsigned i = 0; i < master->slot_count && !master->context.draining; i++)
            slot_send(&master->slots[i], CONTROL_PAYLOAD, post->parcel);
    }
}

static void tell_left_out(struct poller_timer *timer)
{
    (void)timer;
    log_limit_tell();
}

static void lines_left_out(void *user)
{
    struct master *master = user;

    atomic_store(&master->left_out, true);
    poller_wake(&master->poller);
}

static void woken(void *user)
{
    struct master *master = user;

    deliver_posts(master);
    if (atomic_exchange(&master->left_out, false))
        poller_arm(&master->poller, &master->telling, clock_now_us() + LOG_LIMIT_REFILL_US);
    if (atomic_exchange(&master->stop, false))
        master_asked_to_stop(master, "asked a second time to stop");
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
    if (options->late_ms <= 0)
        options->late_ms = DEFAULT_LATE_MS;
    if (options->upgrade_ms <= 0)
        options->upgrade_ms = DEFAULT_UPGRADE_MS;
}

bool master_open_door(struct master *master)
{
    struct mux_options mux = {
        .timeout_ms = master->options.first_bytes_ms,
        .max_undecided = master->options.max_undecided,
        .route = route,
        .user = master,
        .counters = master->context.counters,
    };

    master->mux = mux_new(&master->poller, &master->listener, &master->tls, &mux);
    return master->mux != NULL;
}

// Accepting begins at once, or when the process before leaves.
static bool build(struct master *master)
{
    master->slot_count = master->options.workers + 1;
    master->slots = calloc(master->slot_count, sizeof(*master->slots));
    if (!master->slots)
        return false;
    for (unsigned i = 0; i < master->slot_count; i++)
        slot_init(&master->slots[i], &master->context, i);
    slot_vacate(&master->slots[master->options.workers]);
    master->relief = (struct relief){.slots = master->slots, .count = master->slot_count};
    master->deal = (struct deal){
        .slots = master->slots,
        .count = master->slot_count,
        .max_waiting = master->options.max_queued,
        .max_fd = files_for_connections(),
        .max_http2 = master->options.max_http2 ? master->options.max_http2 : SIZE_MAX,
        .max_http2_all = files_for_http2(),
        .counters = master->context.counters,
    };
    master->signals = (struct signals){
        .poller = &master->poller, .stop = stop_by_signal, .reread = reread, .upgrade = master_start_upgrade};
    master_prepare_upgrade(master);
    if (!signals_start(&master->signals))
        return false;
    return master->options.succession_fd > 0 ? succession_begin(&master->succession, master->options.succession_fd)
                                             : master_open_door(master);
}

// Sockets that were handed down, or new ones; they are handed on.
static bool listen_at(const struct master *master, const char *name, const char *address, struct listener *listener,
                      char *error, size_t size)
{
    if (!inherited_take(name, listener) && !listener_open(listener, address, master->options.backlog, error, size))
        return false;
    inherited_note(name, listener);
    return true;
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
    master->deadline.fn = master_out_of_time;
    master->telling.fn = tell_left_out;
    master->context = (struct slot_context){
        .poller = &master->poller,
        .options = &master->options,
        .counters = options->counters ? options->counters : &master->own_counters,
        .ready = slot_is_ready,
        .late = slot_is_late,
        .empty = slot_is_empty,
        .outgrown = slot_is_outgrown,
    };
    if (!listen_at(master, "main", options->listen, &master->listener, error, size) ||
        (options->listen_tls && !listen_at(master, "tls", options->listen_tls, &master->tls, error, size))) {
        master_free(master);
        return NULL;
    }
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

unsigned master_tls_port(const struct master *master)
{
    return master->tls.count ? master->tls.port : 0;
}

int master_run(struct master *master)
{
    CHECK_MAGIC(master, MASTER_MAGIC);
    log_limit_wake(lines_left_out, master);
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
    log_limit_wake(NULL, NULL);
    upgrade_end(&master->upgrade);
    succession_end(&master->succession);
    mux_free(master->mux);
    listener_close(&master->listener);
    listener_close(&master->tls);
    for (unsigned i = 0; master->slots && i < master->slot_count; i++) {
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
