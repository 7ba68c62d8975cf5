// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The HTTP server: libmicrohttpd without a listener, with a thread and an epoll set of its own, and the connections it
// was given.
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
#define STOP_WAIT_S 1 // for the last replies to leave

static bool add(struct http_server *server, int fd, const struct sockaddr *peer, socklen_t peer_len,
                struct tls_names *names)
{
    struct http_connection *its = calloc(1, sizeof(*its));
    int problem;

    if (its)
        *its = (struct http_connection){.fd = fd, .names = names};
    else
        tls_names_free(names);
    if (!its || !http_connection_expect(server, its)) {
        if (its)
            http_connection_free(its);
        shutdown(fd, SHUT_RDWR);
        close(fd);
        return false;
    }
    if (MHD_add_connection(server->daemon, fd, peer, peer_len) == MHD_YES)
        return true;
    problem = errno;
    http_connection_expect_no_more(server, its);
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
        MHD_OPTION_NOTIFY_COMPLETED, http_request_ended, server, MHD_OPTION_NOTIFY_CONNECTION, http_connection_note,
        server, MHD_OPTION_CONNECTION_LIMIT, server->options.max_connections + 2 * HTTP_SLACK,
        MHD_OPTION_CONNECTION_TIMEOUT, server->options.idle_s, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        server->options.max_head_bytes, MHD_OPTION_END);
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
        http_connection_free(its);
    }
    pthread_cond_destroy(&server->answered);
    pthread_mutex_destroy(&server->lock);
    log_limit_end(&server->not_taken);
    free(server);
}

void http_drain(struct http_server *server, void (*gone)(void *user), void *user)
{
    pthread_mutex_lock(&server->lock);
    server->gone = gone;
    server->gone_user = user;
    pthread_mutex_unlock(&server->lock);
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
