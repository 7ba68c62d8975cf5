// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Everything in one process: the listener, the mux and the signals on a thread of their own.
#include "process/inline.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/magic.h"
#include "process/counters.h"
#include "process/files.h"
#include "process/inherited.h"
#include "process/listener.h"
#include "process/parcel.h"
#include "process/poller.h"
#include "process/postbox.h"
#include "process/signals.h"

#define INLINE_MAGIC 0x696e6c6eu
#define DEFAULT_BACKLOG 4096
#define DEFAULT_DRAIN_MS 30000

struct inline_server {
    uint32_t magic;
    struct inline_options options;
    struct process_counters own_counters;
    struct process_counters *counters;
    struct listener listener, tls;
    unsigned port;
    struct poller poller;
    struct signals signals;
    struct mux *mux;
    struct postbox postbox;
    struct poller_timer deadline;
    bool draining;
    atomic_bool stop, leave, accept;
    bool started;
    pthread_t thread;
};

static void route(void *user, int fd, enum mux_protocol protocol, const struct sockaddr *peer, socklen_t peer_len)
{
    struct inline_server *server = user;

    process_count(&server->counters->handed);
    server->options.callbacks.connection(server->options.user, fd, protocol, peer, peer_len);
}

static void end_now(const char *why)
{
    log_warning("drain", "ending without waiting for what is running: %s", why);
    _exit(EXIT_SUCCESS);
}

static void out_of_time(struct poller_timer *timer)
{
    (void)timer;
    end_now("the time for draining is over");
}

static void close_listeners(struct inline_server *server)
{
    listener_close(&server->listener);
    listener_close(&server->tls);
}

static void door_is_closed(void *user)
{
    struct inline_server *server = user;

    close_listeners(server); // who is told of the drain may count on it
    server->options.callbacks.drain(server->options.user, false);
}

static void asked_to_stop(struct inline_server *server, const char *by)
{
    if (server->draining)
        end_now(by);
    server->draining = true;
    log_info("drain", "draining: no new connections; what runs has %.1f s to finish",
             (double)server->options.drain_ms / 1000);
    poller_arm(&server->poller, &server->deadline, clock_now_us() + server->options.drain_ms * 1000);
    if (server->mux)
        mux_leave(server->mux, true, door_is_closed);
    else
        door_is_closed(server);
    close_listeners(server);
}

static void stop_by_signal(struct signals *signals, const char *by)
{
    asked_to_stop(POLLER_OWNER(signals, struct inline_server, signals), by);
}

static void reread(struct signals *signals)
{
    struct inline_server *server = POLLER_OWNER(signals, struct inline_server, signals);

    if (server->options.reread && !server->draining)
        server->options.reread(server->options.user);
}

static void upgrade(struct signals *signals)
{
    (void)signals;
    log_error("upgrade_refused",
              "no upgrade: a process that serves by itself (--workers 0) can't be succeeded; restart "
              "it");
}

static void deliver(struct inline_server *server, const struct post *post)
{
    size_t len;
    const void *bytes = parcel_open(post->parcel, &len);

    if (!bytes) {
        log_error("payload", "can't read a payload: %s; what came before stays", strerror(errno));
        return;
    }
    if (!server->options.callbacks.payload(server->options.user, bytes, len))
        log_error("payload", "no memory for a payload; what came before stays");
    parcel_close(bytes, len);
}

static bool open_mux(struct inline_server *server)
{
    struct mux_options mux = {
        .timeout_ms = server->options.first_bytes_ms,
        .max_undecided = server->options.max_undecided,
        .route = route,
        .user = server,
        .counters = server->counters,
    };

    server->mux = mux_new(&server->poller, &server->listener, &server->tls, &mux);
    return server->mux != NULL;
}

static void accept_held(struct inline_server *server)
{
    if (open_mux(server)) {
        log_info("listening", "listening on port %u, all in one process", server->port);
        return;
    }
    log_error("start_failed", "can't set up accepting: %s", strerror(errno));
    exit(EXIT_FAILURE);
}

static void woken(void *user)
{
    struct inline_server *server = user;

    for (struct post *post = postbox_take(&server->postbox); post; post = post_free(post)) {
        if (!server->draining)
            deliver(server, post);
    }
    if (atomic_exchange(&server->accept, false) && !server->draining)
        accept_held(server);
    if (atomic_exchange(&server->stop, false))
        asked_to_stop(server, "asked a second time to stop");
    if (atomic_load(&server->leave))
        poller_stop(&server->poller);
}

static void *run(void *argument)
{
    struct inline_server *server = argument;

    poller_run(&server->poller);
    return NULL;
}

static bool build(struct inline_server *server)
{
    if (!poller_init(&server->poller, woken, server))
        return false;
    server->signals =
        (struct signals){.poller = &server->poller, .stop = stop_by_signal, .reread = reread, .upgrade = upgrade};
    if (!signals_start(&server->signals))
        return false;
    return server->options.hold || open_mux(server);
}

struct inline_server *inline_new(const struct inline_options *options, char *error, size_t size)
{
    struct inline_server *server = calloc(1, sizeof(*server));

    if (!server) {
        snprintf(error, size, "no memory for the server");
        return NULL;
    }
    files_raise_limit();
    server->magic = INLINE_MAGIC;
    server->options = *options;
    if (server->options.backlog <= 0)
        server->options.backlog = DEFAULT_BACKLOG;
    if (server->options.drain_ms <= 0)
        server->options.drain_ms = DEFAULT_DRAIN_MS;
    server->counters = options->counters ? options->counters : &server->own_counters;
    server->poller.epoll = server->poller.waker.fd = -1;
    server->deadline.fn = out_of_time;
    postbox_init(&server->postbox, &server->poller);
    if ((!inherited_take("main", &server->listener) &&
         !listener_open(&server->listener, options->listen, server->options.backlog, error, size)) ||
        (options->listen_tls && !inherited_take("tls", &server->tls) &&
         !listener_open(&server->tls, options->listen_tls, server->options.backlog, error, size))) {
        inline_free(server);
        return NULL;
    }
    server->port = server->listener.port;
    if (!build(server)) {
        snprintf(error, size, "can't set up accepting: %s", strerror(errno));
        inline_free(server);
        return NULL;
    }
    return server;
}

unsigned inline_port(const struct inline_server *server)
{
    return server->port;
}

unsigned inline_tls_port(const struct inline_server *server)
{
    return server->tls.count ? server->tls.port : 0;
}

bool inline_start(struct inline_server *server, char *error, size_t size)
{
    int problem;

    CHECK_MAGIC(server, INLINE_MAGIC);
    problem = pthread_create(&server->thread, NULL, run, server);
    if (problem)
        snprintf(error, size, "can't start the accepting thread: %s", strerror(problem));
    else if (!server->options.hold)
        log_info("listening", "listening on port %u, all in one process", server->port);
    server->started = problem == 0;
    return server->started;
}

void inline_accept(struct inline_server *server)
{
    CHECK_MAGIC(server, INLINE_MAGIC);
    atomic_store(&server->accept, true);
    poller_wake(&server->poller);
}

bool inline_publish(struct inline_server *server, const void *bytes, size_t len)
{
    CHECK_MAGIC(server, INLINE_MAGIC);
    return postbox_put(&server->postbox, bytes, len);
}

void inline_stop(struct inline_server *server)
{
    atomic_store(&server->stop, true);
    poller_wake(&server->poller);
}

void inline_free(struct inline_server *server)
{
    CHECK_MAGIC(server, INLINE_MAGIC);
    atomic_store(&server->leave, true);
    if (server->started) {
        poller_wake(&server->poller);
        pthread_join(server->thread, NULL);
    }
    mux_free(server->mux);
    close_listeners(server);
    postbox_free(&server->postbox);
    signals_stop(&server->signals);
    poller_close(&server->poller);
    server->magic = 0;
    free(server);
}
