// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The admin surface's listener and its door.
#include "daemon/admin.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/log_limit.h"
#include "base/magic.h"
#include "daemon/admin_web.h"
#include "daemon/view.h"
#include "front/access.h"
#include "metrics/metrics.h"
#include "process/acceptor.h"
#include "process/inherited.h"
#include "process/local_socket.h"

#define ADMIN_MAGIC 0x61646d6eu
#define BACKLOG 64
#define UNIX_PREFIX "unix:"

struct admin {
    uint32_t magic;
    const char *address;
    struct local_socket local; // or
    struct listener remote;    // of the two, the one in use has sockets
    const char *access_file;
    struct access *access; // who may come to the port. Under the lock
    pthread_mutex_t lock;
    struct web_shown shown;
    struct admin_web web;
    struct http_server *http;
    struct poller poller;
    struct acceptor acceptor;
    struct log_limit refusals; // of lines, one for each
    pthread_t thread;
    bool started;
};

static bool is_local(const struct admin *admin)
{
    return strncmp(admin->address, UNIX_PREFIX, strlen(UNIX_PREFIX)) == 0;
}

static void take_accepted(struct acceptor *acceptor, int fd, const struct sockaddr *peer, socklen_t peer_len)
{
    struct admin *admin = POLLER_OWNER(acceptor, struct admin, acceptor);
    uid_t uid;

    if (!is_local(admin) || local_socket_allows(fd, &uid)) {
        http_add(admin->http, fd, peer, peer_len);
        return;
    }
    metrics_add(METRICS_ADMIN_REFUSED, 1);
    if (log_limit_admit(&admin->refusals, LOG_WARNING, clock_now_us()))
        log_warning("admin_refused",
                    "closed a connection to the admin socket by user %ld: only root and inferd's own may", (long)uid);
    close(fd);
}

static bool exhausted(struct acceptor *acceptor)
{
    (void)acceptor;
    return false;
}

static void *run(void *user)
{
    poller_run(user);
    return NULL;
}

static void stop(void *user)
{
    poller_stop(&((struct admin *)user)->poller);
}

static bool is_loopback(int fd)
{
    struct sockaddr_storage address = {0};
    socklen_t len = sizeof(address);

    if (getsockname(fd, (struct sockaddr *)&address, &len) != 0)
        return false;
    if (address.ss_family == AF_INET6)
        return IN6_IS_ADDR_LOOPBACK(&((struct sockaddr_in6 *)&address)->sin6_addr);
    return ntohl(((struct sockaddr_in *)&address)->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}

static bool listen_remotely(struct admin *admin, const char *address, char *error, size_t size)
{
    if (!*admin->access_file) {
        snprintf(error, size,
                 "anybody on this machine could come to the admin address %s: choose unix:/path, or give --access-file "
                 "with an administrator's token",
                 address);
        return false;
    }
    admin->access = access_new(admin->access_file, error, size);
    if (!admin->access)
        return false;
    if (!inherited_take("admin", &admin->remote) && !listener_open(&admin->remote, address, BACKLOG, error, size))
        return false;
    inherited_note("admin", &admin->remote);
    for (size_t i = 0; i < admin->remote.count; i++) {
        if (is_loopback(admin->remote.fds[i]))
            continue;
        snprintf(error, size,
                 "the admin address %s can be reached from other machines; choose unix:/path, or an address of the "
                 "loopback",
                 address);
        return false;
    }
    return true;
}

static bool listen_locally(struct admin *admin, char *error, size_t size)
{
    return local_socket_open(&admin->local, admin->address + strlen(UNIX_PREFIX), BACKLOG, error, size);
}

static bool listen_at(struct admin *admin, bool succeeds, char *error, size_t size)
{
    if (!is_local(admin))
        return listen_remotely(admin, admin->address, error, size);
    return succeeds || listen_locally(admin, error, size);
}

static void refuse(struct admin *admin, struct http_request *request, bool known, const char *who)
{
    metrics_add(METRICS_ADMIN_REFUSED, 1);
    if (log_limit_admit(&admin->refusals, LOG_WARNING, clock_now_us()))
        log_warning("admin_refused", "refused %s %s to %s, who shows no administrator's token", http_method(request),
                    http_path(request), who);
    http_reply_error(request, known ? 403 : 401, "%s",
                     known ? "this token is no administrator's"
                           : "show an administrator's token: \"Authorization: Bearer TOKEN\"");
}

// The bearer of a token may come, if it is an administrator's.
static bool admits(void *user, struct http_request *request, char who[ADMIN_WHO_SIZE])
{
    struct admin *admin = user;
    const char *header = http_header(request, "Authorization");
    const struct access_caller *caller = NULL;
    struct inferd_bytes token;
    char peer[64];
    bool known, may;

    http_peer(request, peer, sizeof(peer));
    snprintf(who, ADMIN_WHO_SIZE, "%s", peer);
    if (is_local(admin))
        return true; // it was asked at the door
    pthread_mutex_lock(&admin->lock);
    if (header && access_token((struct inferd_bytes){(const uint8_t *)header, strlen(header)}, &token))
        caller = access_by_token(admin->access, token);
    known = caller != NULL;
    may = known && access_to_admin(caller);
    if (known)
        snprintf(who, ADMIN_WHO_SIZE, "%.100s at %s", access_name(caller), peer);
    pthread_mutex_unlock(&admin->lock);
    if (!may)
        refuse(admin, request, known, who);
    return may;
}

void admin_reread(struct admin *admin)
{
    struct access *access, *before;
    char error[512];

    if (!admin || is_local(admin))
        return;
    access = access_new(admin->access_file, error, sizeof(error));
    if (!access) // those who serve count and tell it
        return;
    pthread_mutex_lock(&admin->lock);
    before = admin->access;
    admin->access = access;
    pthread_mutex_unlock(&admin->lock);
    access_free(before);
}

struct admin *admin_new(const char *address, bool succeeds, const char *access_file, struct metrics *metrics,
                        struct board *board, char *error, size_t size)
{
    struct admin *admin = calloc(1, sizeof(*admin));

    snprintf(error, size, "no memory for the admin surface");
    if (!admin)
        return NULL;
    admin->magic = ADMIN_MAGIC;
    admin->address = address;
    admin->access_file = access_file;
    pthread_mutex_init(&admin->lock, NULL);
    admin->poller.epoll = admin->poller.waker.fd = -1;
    admin->shown = (struct web_shown){.view = view_new(board), .metrics = metrics};
    if (admin->shown.view && listen_at(admin, succeeds, error, size))
        return admin;
    admin_free(admin);
    return NULL;
}

void admin_take(struct admin *admin, const void *bytes, size_t len)
{
    struct bundle bundle;
    struct arena arena;

    if (!admin)
        return;
    arena_init(&arena, 65536, 0);
    ALWAYS(bundle_decode(&bundle, bytes, len, &arena));
    view_apply(admin->shown.view, &bundle);
    arena_free(&arena);
}

bool admin_serve(struct admin *admin, const struct admin_actions *actions, char *error, size_t size)
{
    const struct listener *listener;
    int problem;

    if (!admin)
        return true;
    if (is_local(admin) && !*admin->local.path && !listen_locally(admin, error, size))
        return false;
    listener = *admin->local.path ? &admin->local.listener : &admin->remote;
    admin_web_init(&admin->web, &admin->shown, actions, admits, admin);
    admin->http = http_start(&admin->web.options, error, size);
    if (!admin->http)
        return false;
    log_limit_begin(&admin->refusals, "admin_refused", NULL);
    admin->acceptor = (struct acceptor){.poller = &admin->poller, .accepted = take_accepted, .exhausted = exhausted};
    problem = poller_init(&admin->poller, stop, admin) && acceptor_start(&admin->acceptor, listener)
                  ? pthread_create(&admin->thread, NULL, run, &admin->poller)
                  : errno;
    admin->started = problem == 0;
    if (problem)
        snprintf(error, size, "can't take connections at the admin address: %s", strerror(problem));
    else if (*admin->local.path)
        log_info("admin", "administrators are heard at unix:%s", admin->local.path);
    else
        log_info("admin", "administrators are heard at %s, on port %u", admin->address, admin->remote.port);
    return admin->started;
}

void admin_stop(struct admin *admin)
{
    if (!admin)
        return;
    CHECK_MAGIC(admin, ADMIN_MAGIC);
    if (admin->started) {
        poller_wake(&admin->poller);
        pthread_join(admin->thread, NULL);
        acceptor_stop(&admin->acceptor);
    }
    admin->started = false;
    if (admin->http)
        http_stop(admin->http);
    admin->http = NULL;
    local_socket_close(&admin->local);
    listener_close(&admin->remote);
}

void admin_free(struct admin *admin)
{
    if (!admin)
        return;
    admin_stop(admin);
    poller_close(&admin->poller);
    if (admin->shown.view)
        view_free(admin->shown.view);
    access_free(admin->access);
    pthread_mutex_destroy(&admin->lock);
    admin->magic = 0;
    log_limit_end(&admin->refusals);
    free(admin);
}
