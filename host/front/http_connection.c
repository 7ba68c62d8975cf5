// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The connections that the HTTP server was given, from before the library has begun with them to their end. When there
// are too many, the one that has gone longest without a complete request makes room: those who send a byte now and then
// included, whom no idle time-out ever meets. At the end of a drain those go that ask for nothing.
#include <stdlib.h>
#include <unistd.h>

#include "front/http_inner.h"
#include "front/tls_names.h"

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

void http_connection_asks(struct http_server *server, struct MHD_Connection *connection)
{
    struct http_connection *its = http_connection_of(connection);

    if (!its || its->asking)
        return;
    its->asking = true;
    server->requests++;
}

void http_connection_busy(struct http_server *server, struct MHD_Connection *connection)
{
    struct http_connection *its = http_connection_of(connection);

    if (!its || its->busy || its->evicted)
        return;
    its->busy = true;
    remove_idle(server, its);
}

// What has come by it is read all the same, and what comes now finds no one.
static void part_with(struct http_connection *its)
{
    if (!its->asking)
        shutdown(its->fd, SHUT_RD);
}

void http_connection_idle(struct http_server *server, struct MHD_Connection *connection)
{
    struct http_connection *its = http_connection_of(connection);

    if (!its)
        return;
    server->requests -= its->asking;
    its->asking = false;
    if (its->busy && !its->evicted)
        append_idle(server, its);
    its->busy = false;
    if (server->parting)
        part_with(its);
}

void http_connection_free(struct http_connection *its)
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
    if (server->parting)
        part_with(its);
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
    server->requests -= its->asking;
    if (!its->busy && !its->evicted)
        remove_idle(server, its);
    http_connection_free(its);
    *context = NULL;
}

static void tell_gone(const struct http_server *server)
{
    if (server->gone)
        server->gone(server->gone_user);
}

void http_connection_note(void *user, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode what)
{
    struct http_server *server = user;

    pthread_mutex_lock(&server->lock);
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        connection_began(server, connection, context);
    } else {
        connection_ended(server, connection, context);
        tell_gone(server);
    }
    pthread_mutex_unlock(&server->lock);
}

// Room for one more, if need be by closing another. Under the lock.
static bool make_room(struct http_server *server)
{
    struct http_connection *idlest = server->idlest;

    if (server->connections - server->evicted < server->options.max_connections)
        return true;
    if (!idlest || server->evicted >= HTTP_SLACK)
        return false;
    remove_idle(server, idlest);
    idlest->evicted = true;
    server->evicted++;
    shutdown(idlest->fd, SHUT_RDWR); // the library sees the end and closes
    return true;
}

// False: there is no room for it.
bool http_connection_expect(struct http_server *server, struct http_connection *its)
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

void http_connection_expect_no_more(struct http_server *server, struct http_connection *its)
{
    struct http_connection **at = &server->coming;

    pthread_mutex_lock(&server->lock);
    while (*at != its)
        at = &(*at)->next;
    *at = its->next;
    server->connections--;
    tell_gone(server);
    pthread_mutex_unlock(&server->lock);
    http_connection_free(its);
}

void http_part(struct http_server *server)
{
    pthread_mutex_lock(&server->lock);
    server->parting = true;
    for (struct http_connection *its = server->idlest; its; its = its->next)
        part_with(its);
    pthread_mutex_unlock(&server->lock);
}

unsigned http_connections(struct http_server *server)
{
    unsigned count;

    pthread_mutex_lock(&server->lock);
    count = server->connections;
    pthread_mutex_unlock(&server->lock);
    return count;
}

unsigned http_requests(struct http_server *server)
{
    unsigned count;

    pthread_mutex_lock(&server->lock);
    count = server->requests;
    pthread_mutex_unlock(&server->lock);
    return count;
}
