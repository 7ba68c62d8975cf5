// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The HTTP server: libmicrohttpd without a listener, with a thread and an epoll set of its own, and the connections it
// was given. When there are too many, the one that has gone longest without a complete request makes room: those who
// send a byte now and then included, whom no idle time-out ever meets.
#include "front/http.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "front/http_inner.h"
#include "front/tls_names.h"

#define DEFAULT_HEAD (32u << 10)
#define DEFAULT_BODY (4u << 20)
#define DEFAULT_BODIES (256u << 20)
#define DEFAULT_CONNECTIONS 1024
#define DEFAULT_IDLE_S 60
#define DEFAULT_UNREAD (256u << 20)
#define SLACK 64      // closing takes a moment: the library's own limit is never met
#define STOP_WAIT_S 1 // for the last replies to leave

static void append_idle(struct http_server *server, struct http_connection *connection)
{
    connection->next = NULL;
    connection->previous = server->busiest;
    *(server->busiest ? &server->busiest->next : &server->idlest) = connection;
    server->busiest = connection;
}

static void remove_idle(struct http_server *server, struct http_connection *connection)
{
    *(connection->previous ? &connection->previous->next : &server->idlest) = connection->next;
    *(connection->next ? &connection->next->previous : &server->busiest) = connection->previous;
}

struct http_connection *http_connection_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info ? info->socket_context : NULL;
}

void http_connection_busy(struct http_server *server, struct MHD_Connection *connection, bool busy)
{
    struct http_connection *context = http_connection_of(connection);

    if (!context || context->busy == busy || context->evicted)
        return;
    context->busy = busy;
    if (busy)
        remove_idle(server, context);
    else
        append_idle(server, context);
}

static void free_connection(struct http_connection *its)
{
    tls_names_free(its->names);
    free(its);
}

static void connection_began(struct http_server *server, struct MHD_Connection *connection, void **context)
{
    int fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    struct http_connection **at = &server->coming, *its;

    // The newest: the library may have failed to begin with one before it that had the same descriptor.
    while (*at && (*at)->fd != fd)
        at = &(*at)->next;
    *context = its = *at;
    if (!its)
        return;
    *at = its->next;
    append_idle(server, its);
}

static void connection_ended(struct http_server *server, struct MHD_Connection *connection, void **context)
{
    struct http_connection *its = *context;

    // The master holds a duplicate, so that the library's close() alone would not reach the client.
    shutdown(MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd, SHUT_RDWR);
    server->connections--;
    if (!its)
        return;
    server->evicted -= its->evicted;
    if (!its->busy && !its->evicted)
        remove_idle(server, its);
    free_connection(its);
    *context = NULL;
}

static void note_connection(void *user, struct MHD_Connection *connection, void **context,
                            enum MHD_ConnectionNotificationCode what)
{
    struct http_server *server = user;

    pthread_mutex_lock(&server->lock);
    if (what == MHD_CONNECTION_NOTIFY_STARTED)
        connection_began(server, connection, context);
    else
        connection_ended(server, connection, context);
    pthread_mutex_unlock(&server->lock);
}

// Room for one more, if need be by closing another. Under the lock.
static bool make_room(struct http_server *server)
{
    struct http_connection *idlest = server->idlest;

    if (server->connections - server->evicted < server->options.max_connections)
        return true;
    if (!idlest || server->evicted >= SLACK)
        return false;
    remove_idle(server, idlest);
    idlest->evicted = true;
    server->evicted++;
    shutdown(idlest->fd, SHUT_RDWR); // the library sees the end and closes
    return true;
}

// False: there is no room for it.
static bool expect(struct http_server *server, struct http_connection *its)
{
    bool room;

    pthread_mutex_lock(&server->lock);
    room = !server->stopping && make_room(server);
    if (room) {
        server->connections++;
        its->next = server->coming;
        server->coming = its;
    }
    pthread_mutex_unlock(&server->lock);
    return room;
}

static void expect_no_more(struct http_server *server, struct http_connection *its)
{
    struct http_connection **at = &server->coming;

    pthread_mutex_lock(&server->lock);
    while (*at != its)
        at = &(*at)->next;
    *at = its->next;
    server->connections--;
    pthread_mutex_unlock(&server->lock);
    free_connection(its);
}

static bool add(struct http_server *server, int fd, const struct sockaddr *peer, socklen_t peer_len,
                struct tls_names *names)
{
    struct http_connection *its = calloc(1, sizeof(*its));
    int problem;

    if (its)
        *its = (struct http_connection){.fd = fd, .names = names};
    else
        tls_names_free(names);
    if (!its || !expect(server, its)) {
        if (its)
            free_connection(its);
        shutdown(fd, SHUT_RDWR);
        close(fd);
        return false;
    }
    if (MHD_add_connection(server->daemon, fd, peer, peer_len) == MHD_YES)
        return true;
    problem = errno;
    expect_no_more(server, its);
    if (log_limit_admit(&server->not_taken, LOG_WARNING, clock_now_us()))
        log_warning("http", "can't take a connection: %s", strerror(problem));
    return false;
}

bool http_add(struct http_server *server, int fd, const struct sockaddr *peer, socklen_t peer_len)
{
    return add(server, fd, peer, peer_len, NULL);
}

bool http_add_relayed(struct http_server *server, int fd, struct tls_names *names)
{
    const struct sockaddr local = {.sa_family = AF_UNIX};

    return add(server, fd, &local, sizeof(local.sa_family), names);
}

static void log_library(void *unused, const char *format, va_list args)
{
    (void)unused;
    if (log_enabled(LOG_DEBUG))
        log_vline(LOG_DEBUG, "http", NULL, format, args);
}

static void use_defaults(struct http_options *options)
{
    if (options->max_head_bytes == 0)
        options->max_head_bytes = DEFAULT_HEAD;
    if (options->max_body_bytes == 0)
        options->max_body_bytes = DEFAULT_BODY;
    if (options->max_bodies == 0)
        options->max_bodies = DEFAULT_BODIES;
    if (options->max_unread == 0)
        options->max_unread = DEFAULT_UNREAD;
    if (options->max_connections == 0)
        options->max_connections = DEFAULT_CONNECTIONS;
    if (options->idle_s == 0)
        options->idle_s = DEFAULT_IDLE_S;
}

struct http_server *http_start(const struct http_options *options, char *error, size_t size)
{
    struct http_server *server = calloc(1, sizeof(*server));
    pthread_condattr_t clock;

    if (!server) {
        snprintf(error, size, "no memory for the HTTP server");
        return NULL;
    }
    server->options = *options;
    use_defaults(&server->options);
    atomic_init(&server->references, 1);
    pthread_mutex_init(&server->lock, NULL);
    log_limit_begin(&server->not_taken, "http", NULL);
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&server->answered, &clock);
    pthread_condattr_destroy(&clock);
    server->daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ITC | MHD_ALLOW_SUSPEND_RESUME |
            MHD_USE_ERROR_LOG,
        0, NULL, NULL, http_request_serve, server, MHD_OPTION_EXTERNAL_LOGGER, log_library, NULL,
        MHD_OPTION_NOTIFY_COMPLETED, http_request_ended, server, MHD_OPTION_NOTIFY_CONNECTION, note_connection, server,
        MHD_OPTION_CONNECTION_LIMIT, server->options.max_connections + 2 * SLACK, MHD_OPTION_CONNECTION_TIMEOUT,
        server->options.idle_s, MHD_OPTION_CONNECTION_MEMORY_LIMIT, server->options.max_head_bytes, MHD_OPTION_END);
    if (server->daemon)
        return server;
    snprintf(error, size, "can't start the HTTP server: %s", strerror(errno));
    http_server_release(server);
    return NULL;
}

void http_server_release(struct http_server *server)
{
    if (atomic_fetch_sub(&server->references, 1) > 1)
        return;
    while (server->coming) {
        struct http_connection *its = server->coming;

        server->coming = its->next;
        free_connection(its);
    }
    pthread_cond_destroy(&server->answered);
    pthread_mutex_destroy(&server->lock);
    log_limit_end(&server->not_taken);
    free(server);
}

void http_drain(struct http_server *server)
{
    atomic_store(&server->leaving, true);
}

void http_stop(struct http_server *server)
{
    struct timespec until;
    int problem = 0;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += STOP_WAIT_S;
    pthread_mutex_lock(&server->lock);
    server->stopping = true;
    http_request_give_up_all(server);
    while (server->late_count > 0 && problem == 0)
        problem = pthread_cond_timedwait(&server->answered, &server->lock, &until);
    pthread_mutex_unlock(&server->lock);
    MHD_stop_daemon(server->daemon);
    http_server_release(server);
}
