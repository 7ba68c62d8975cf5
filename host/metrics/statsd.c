// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The sending thread. As long as the host can't be resolved nothing is taken, so what happened meanwhile goes out once
// it can be; a packet that can't be sent is counted and forgotten.
#include "metrics/statsd.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/magic.h"
#include "metrics/statsd_lines.h"

#define STATSD_MAGIC 0x73746164u
#define INTERVAL_MS 2000
#define RESOLVE_US 60000000 // an address is asked for again after a minute: servers move
#define STOP_S 2            // a resolver may take longer than anybody wants to wait

struct statsd {
    uint32_t magic;
    const struct metrics *metrics;
    char *host, *tags, port[8];
    int64_t interval_ms;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stopping;  // under lock
    bool resolving; // under lock: the thread is in the resolver, and touches nothing else
    bool abandoned; // under lock: nobody waits any more, so it must touch nothing when it comes back
    // The thread's own:
    struct statsd_lines lines;
    struct metrics_view last; // what was sent
    int socket;               // -1: not resolved
    int64_t resolved_us;
    bool failed; // to send since then
    bool told;   // that it can't be resolved
};

static void send_packet(void *user, const char *data, size_t len)
{
    struct statsd *statsd = user;

    if (send(statsd->socket, data, len, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)len) {
        metrics_add(METRICS_STATSD_PACKETS, 1);
        return;
    }
    metrics_add(METRICS_STATSD_LOST, 1);
    if (errno != EAGAIN && errno != ENOBUFS)
        statsd->failed = true;
}

// A socket that sends to the first address that takes one; -1 with the reason.
static int open_socket(const struct statsd *statsd, const char **why)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_DGRAM}, *list;
    int status = getaddrinfo(statsd->host, statsd->port, &hints, &list), fd = -1;

    *why = status != 0 ? gai_strerror(status) : "no address takes a socket";
    if (status != 0)
        return -1;
    for (const struct addrinfo *at = list; at != NULL && fd < 0; at = at->ai_next) {
        fd = socket(at->ai_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd >= 0 && connect(fd, at->ai_addr, at->ai_addrlen) != 0) {
            close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(list);
    return fd;
}

// Opens the socket, unless that took so long that nobody waits any more: false then.
static bool ask_resolver(struct statsd *statsd, int *fd, const char **why)
{
    bool abandoned;

    pthread_mutex_lock(&statsd->lock);
    statsd->resolving = true;
    pthread_mutex_unlock(&statsd->lock);
    *fd = open_socket(statsd, why);
    pthread_mutex_lock(&statsd->lock);
    statsd->resolving = false;
    abandoned = statsd->abandoned;
    pthread_mutex_unlock(&statsd->lock);
    return !abandoned;
}

// Resolves the host where that is due. False: there is nowhere to send to.
static bool resolve(struct statsd *statsd)
{
    const char *why;
    int fd;

    if (statsd->socket >= 0 && !statsd->failed && clock_now_us() - statsd->resolved_us < RESOLVE_US)
        return true;
    if (!ask_resolver(statsd, &fd, &why))
        return false;
    if (fd >= 0) {
        if (statsd->socket >= 0)
            close(statsd->socket);
        statsd->socket = fd;
        statsd->resolved_us = clock_now_us();
        statsd->failed = false;
        statsd->told = false;
    } else if (!statsd->told) {
        log_warning("statsd", "can't send metrics to %s port %s: %s; trying again until it can be reached",
                    statsd->host, statsd->port, why);
        statsd->told = true;
    }
    return statsd->socket >= 0;
}

static void flush(struct statsd *statsd)
{
    struct metrics_view now;
    struct packet packet;

    if (!resolve(statsd))
        return;
    if (!metrics_view_make(&now, statsd->metrics)) {
        metrics_view_free(&now);
        return; // no memory: what it would have said goes out next time
    }
    packet_init(&packet, send_packet, statsd);
    statsd_lines_write(&statsd->lines, &statsd->last, &now, &packet);
    metrics_add(METRICS_STATSD_LOST, (int64_t)statsd->lines.lost);
    statsd->lines.lost = 0;
    metrics_view_free(&statsd->last);
    statsd->last = now;
}

// Waits for the next time to send; false when it is to be the last.
static bool wait_for_turn(struct statsd *statsd)
{
    struct timespec until;
    bool stopping;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += statsd->interval_ms / 1000;
    until.tv_nsec += statsd->interval_ms % 1000 * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&statsd->lock);
    while (!statsd->stopping && pthread_cond_timedwait(&statsd->wake, &statsd->lock, &until) != ETIMEDOUT)
        ;
    stopping = statsd->stopping;
    pthread_mutex_unlock(&statsd->lock);
    return !stopping;
}

static void *run(void *user)
{
    struct statsd *statsd = user;

    while (wait_for_turn(statsd))
        flush(statsd);
    flush(statsd);
    return NULL;
}

static void drop(struct statsd *statsd)
{
    metrics_view_free(&statsd->last);
    if (statsd->socket >= 0)
        close(statsd->socket);
    pthread_cond_destroy(&statsd->wake);
    pthread_mutex_destroy(&statsd->lock);
    free(statsd->host);
    free(statsd->tags);
    statsd->magic = 0;
    free(statsd);
}

static void prepare(struct statsd *statsd, const struct metrics *metrics, const struct statsd_options *options)
{
    pthread_condattr_t attributes;

    statsd->magic = STATSD_MAGIC;
    statsd->metrics = metrics;
    statsd->host = strdup(options->host);
    statsd->tags = strdup(options->tags != NULL ? options->tags : "");
    snprintf(statsd->port, sizeof statsd->port, "%u", options->port % 65536);
    statsd->interval_ms = options->interval_ms > 0 ? options->interval_ms : INTERVAL_MS;
    statsd->socket = -1;
    statsd->lines = (struct statsd_lines){.tags = statsd->tags, .sampling_rate = options->sampling_rate};
    if (getrandom(&statsd->lines.random, sizeof statsd->lines.random, GRND_NONBLOCK) < 0)
        statsd->lines.random = (uint64_t)clock_now_us();
    statsd->lines.random |= 1;
    pthread_mutex_init(&statsd->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&statsd->wake, &attributes);
    pthread_condattr_destroy(&attributes);
}

struct statsd *statsd_start(const struct metrics *metrics, const struct statsd_options *options, char *error,
                            size_t size)
{
    struct statsd *statsd = calloc(1, sizeof *statsd);
    int status;

    if (statsd == NULL) {
        snprintf(error, size, "statsd: no memory");
        return NULL;
    }
    prepare(statsd, metrics, options);
    status = statsd->host != NULL && statsd->tags != NULL ? pthread_create(&statsd->thread, NULL, run, statsd) : ENOMEM;
    if (status == 0)
        return statsd;
    snprintf(error, size, "statsd: %s", strerror(status));
    drop(statsd);
    return NULL;
}

void statsd_stop(struct statsd *statsd)
{
    struct timespec until;

    if (statsd == NULL)
        return;
    CHECK_MAGIC(statsd, STATSD_MAGIC);
    pthread_mutex_lock(&statsd->lock);
    statsd->stopping = true;
    pthread_cond_signal(&statsd->wake);
    pthread_mutex_unlock(&statsd->lock);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += STOP_S;
    if (pthread_timedjoin_np(statsd->thread, NULL, &until) != 0) {
        pthread_mutex_lock(&statsd->lock);
        statsd->abandoned = statsd->resolving;
        pthread_mutex_unlock(&statsd->lock);
        if (statsd->abandoned) {
            pthread_detach(statsd->thread); // its memory is the process's last concern
            return;
        }
        pthread_join(statsd->thread, NULL);
    }
    drop(statsd);
}
