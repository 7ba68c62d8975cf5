// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The worker's side: a control thread that blocks on the socket to the master.
//
// Threads: the control thread owns 'draining' and 'behind'; the socket is used from several, which packets allow.
#include "process/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/log_limit.h"
#include "base/magic.h"
#include "process/control.h"
#include "process/files.h"
#include "process/parcel.h"
#include "process/signals.h"

#define WORKER_MAGIC 0x776f726bu
#define RESERVED_FILES 64 // for payloads, backends and logs: connections don't get the last ones

struct worker {
    uint32_t magic;
    int fd;
    unsigned index;
    struct worker_callbacks callbacks;
    void *user;
    int max_fd; // of a connection
    bool draining;
    bool behind; // a payload was missed: those that build on it are of no use
    bool started;
    atomic_bool leaving;
    pthread_t thread;
    struct log_limit no_files; // of lines that any connection may cause
};

static void send_to_master(struct worker *worker, enum control_kind kind, uint64_t id)
{
    struct control_head head = {.kind = kind, .id = id};

    control_send(worker->fd, &head, NULL, 0, -1, true); // without a master nobody needs to know
}

static void take_connection(struct worker *worker, const struct control_message *message)
{
    const struct control_head *head = &message->head;

    if (message->fd < 0 || message->fd > worker->max_fd) {
        if (log_limit_admit(&worker->no_files, LOG_WARNING, clock_now_us()))
            log_warning("connection", "no descriptor left for a connection; closing it. Raise the limit of open files "
                                      "(ulimit -n, LimitNOFILE=)");
        send_to_master(worker, CONTROL_LOST, head->id);
    } else if (!worker->draining) {
        worker->callbacks.connection(worker->user, message->fd, (enum mux_protocol)head->protocol,
                                     (const struct sockaddr *)&head->peer, head->peer_len);
        return;
    }
    if (message->fd >= 0)
        close(message->fd);
}

// NULL: it was taken.
static const char *open_payload(struct worker *worker, int fd)
{
    size_t len = 0;
    const void *bytes;
    bool taken;

    if (fd < 0)
        return "no descriptor is left in the worker; raise the limit of open files (ulimit -n, LimitNOFILE=)";
    bytes = parcel_open(fd, &len);
    if (!bytes)
        return strerror(errno);
    taken = worker->callbacks.payload(worker->user, bytes, len);
    parcel_close(bytes, len);
    return taken ? NULL : strerror(ENOMEM);
}

// What could not be taken the worker does without: it has what it had, and the master sends all anew.
static void take_payload(struct worker *worker, const struct control_message *message)
{
    struct control_head head = {.kind = CONTROL_MISSED};
    const char *why = NULL;

    if (!worker->behind || message->head.kind == CONTROL_SNAPSHOT) {
        why = open_payload(worker, message->fd);
        if (why) {
            control_send(worker->fd, &head, why, strlen(why), -1, true);
            if (worker->callbacks.missed)
                worker->callbacks.missed(worker->user, why);
        } else if (worker->behind) {
            send_to_master(worker, CONTROL_CAUGHT_UP, 0);
        }
        worker->behind = why != NULL;
    }
    if (message->fd >= 0)
        close(message->fd);
}

static void take(struct worker *worker, const struct control_message *message)
{
    if (message->head.kind == CONTROL_CONNECTION) {
        take_connection(worker, message);
    } else if (message->head.kind == CONTROL_PAYLOAD || message->head.kind == CONTROL_SNAPSHOT) {
        take_payload(worker, message);
    } else if (message->head.kind == CONTROL_DRAIN && !worker->draining) {
        worker->draining = true;
        worker->callbacks.drain(worker->user, false);
    }
}

static void *serve_control(void *argument)
{
    struct worker *worker = argument;
    struct control_message message;

    while (control_receive(worker->fd, &message, NULL, 0, true) == CONTROL_DONE)
        take(worker, &message);
    if (!worker->draining && !atomic_load(&worker->leaving)) {
        log_error("master_gone", "the master is gone; ending this worker once it has finished what is running");
        worker->draining = true;
        worker->callbacks.drain(worker->user, true);
    }
    return NULL;
}

// The master's first message, sent before this process began. The breadcrumbs stay mapped to its end: threads that this
// one knows nothing of leave theirs there, also while the process is cleared up.
static bool take_hello(struct worker *worker)
{
    struct breadcrumb_block *crumbs;
    struct control_message message;

    if (control_receive(worker->fd, &message, NULL, 0, true) != CONTROL_DONE)
        return false;
    worker->index = (unsigned)message.head.id;
    if (message.fd < 0)
        return false;
    crumbs = message.head.kind == CONTROL_HELLO ? breadcrumb_map(message.fd) : NULL;
    close(message.fd);
    if (crumbs)
        breadcrumb_use(crumbs);
    return crumbs != NULL;
}

struct worker *worker_attach(int fd, const struct worker_callbacks *callbacks, void *user, char *error, size_t size)
{
    struct worker *worker = calloc(1, sizeof(*worker));

    if (!worker) {
        snprintf(error, size, "no memory for a worker");
        return NULL;
    }
    worker->magic = WORKER_MAGIC;
    worker->fd = fd;
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    worker->callbacks = *callbacks;
    worker->user = user;
    worker->max_fd = files_limit() - RESERVED_FILES;
    if (take_hello(worker)) {
        log_limit_begin(&worker->no_files, "connection", NULL);
        return worker;
    }
    snprintf(error, size, "descriptor %d leads to no master: --" WORKER_OPTION_FD " is for the master's use only", fd);
    free(worker);
    return NULL;
}

unsigned worker_index(const struct worker *worker)
{
    CHECK_MAGIC(worker, WORKER_MAGIC);
    return worker->index;
}

bool worker_start(struct worker *worker, char *error, size_t size)
{
    int problem;

    CHECK_MAGIC(worker, WORKER_MAGIC);
    problem = pthread_create(&worker->thread, NULL, serve_control, worker);
    if (problem)
        snprintf(error, size, "can't start the control thread: %s", strerror(problem));
    worker->started = problem == 0;
    return worker->started;
}

void worker_ready(struct worker *worker)
{
    CHECK_MAGIC(worker, WORKER_MAGIC);
    send_to_master(worker, CONTROL_READY, 0);
}

bool worker_report(struct worker *worker, const void *bytes, size_t len)
{
    struct control_head head = {.kind = CONTROL_REPORT};

    CHECK_MAGIC(worker, WORKER_MAGIC);
    return len <= WORKER_MAX_REPORT && control_send(worker->fd, &head, bytes, len, -1, true) == CONTROL_DONE;
}

void worker_detach(struct worker *worker)
{
    CHECK_MAGIC(worker, WORKER_MAGIC);
    atomic_store(&worker->leaving, true);
    shutdown(worker->fd, SHUT_RD); // wakes the thread; reports still go out
    if (worker->started)
        pthread_join(worker->thread, NULL);
}

void worker_free(struct worker *worker)
{
    CHECK_MAGIC(worker, WORKER_MAGIC);
    log_limit_end(&worker->no_files);
    close(worker->fd);
    worker->magic = 0;
    free(worker);
}
