// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Connections of the master: lists, and noticing the end. Data that arrives for the worker wakes nobody here: only the
// client's end does.
#include "process/connection.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "process/counters.h"

#define TURN_AWAY_READS 16 // of 4 KiB
// A client that wants more than its health finds a place of its own next time, if there is one.
#define SPARE_US 10000000

static void see_end(struct poller_watch *watch, uint32_t events)
{
    struct connection *connection = POLLER_OWNER(watch, struct connection, watch);

    connection->half_closed = true;
    // While it waits for a worker, a client that sends no more may still want its reply.
    if (!connection->handed && !(events & (EPOLLHUP | EPOLLERR)))
        return;
    if (!connection->handed)
        process_count(&connection->counters->left);
    connection_close(connection);
}

struct connection *connection_new(struct poller *poller, struct process_counters *counters, uint64_t id, int fd,
                                  enum mux_protocol protocol, const struct sockaddr *peer, socklen_t peer_len)
{
    struct connection *connection = calloc(1, sizeof(*connection));

    if (connection) {
        connection->watch = (struct poller_watch){.fn = see_end, .fd = fd};
        if (poller_add(poller, &connection->watch, EPOLLRDHUP | EPOLLET)) {
            connection->poller = poller;
            connection->counters = counters;
            connection->id = id;
            connection->protocol = protocol;
            connection->peer_len = peer_len;
            memcpy(&connection->peer, peer, peer_len);
            return connection;
        }
    }
    free(connection);
    close(fd);
    return NULL;
}

// TLS ends before a socket pair.
static size_t files_of(const struct connection *connection)
{
    return connection->protocol == MUX_TLS ? 3 : connection->protocol == MUX_HTTP2 ? 1 : 0;
}

void connection_move(struct connection *connection, struct connection_list *list)
{
    struct connection_list *old = connection->list;

    if (old) {
        *(connection->previous ? &connection->previous->next : &old->first) = connection->next;
        *(connection->next ? &connection->next->previous : &old->last) = connection->previous;
        old->count--;
        old->http2 -= connection->protocol != MUX_HTTP1 && !connection->spare;
        old->spare -= connection->spare;
        old->files -= files_of(connection);
    }
    connection->list = list;
    connection->next = NULL;
    connection->previous = list ? list->last : NULL;
    if (list) {
        *(list->last ? &list->last->next : &list->first) = connection;
        list->last = connection;
        list->count++;
        list->http2 += connection->protocol != MUX_HTTP1 && !connection->spare;
        list->spare += connection->spare;
        list->files += files_of(connection);
    }
}

void connection_mark(struct connection *connection, bool spare)
{
    connection_move(connection, NULL);
    poller_disarm(connection->poller, &connection->parting);
    connection->spare = spare;
}

static void part(struct poller_timer *timer)
{
    connection_cut(POLLER_OWNER(timer, struct connection, parting));
}

void connection_handed(struct connection *connection)
{
    connection->handed = true;
    connection->parting.fn = part;
    if (connection->spare)
        poller_arm(connection->poller, &connection->parting, clock_now_us() + SPARE_US);
    if (connection->half_closed)
        connection_close(connection);
}

void connection_close(struct connection *connection)
{
    if (connection->handed)
        process_count(&connection->counters->closed);
    connection_mark(connection, false);
    poller_drop(connection->poller, &connection->watch);
    close(connection->watch.fd);
    free(connection);
}

void connection_cut(struct connection *connection)
{
    process_count(&connection->counters->gave_way);
    shutdown(connection->watch.fd, SHUT_RDWR);
    connection_close(connection);
}

void connection_turn_away(struct connection *connection)
{
    char sent[4096];
    int reads = TURN_AWAY_READS;

    while (reads-- > 0 && recv(connection->watch.fd, sent, sizeof(sent), MSG_DONTWAIT) > 0)
        ;
    connection_close(connection);
}

struct connection *connection_find(const struct connection_list *list, uint64_t id)
{
    struct connection *connection = list->first;

    while (connection && connection->id != id)
        connection = connection->next;
    return connection;
}
