// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A connection as the master knows it: a descriptor that it keeps beside the worker's, to see the end and to be able to
// hand the connection over again when the worker died before it took it.
#ifndef PROCESS_CONNECTION_H
#define PROCESS_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "process/mux.h"
#include "process/poller.h"

struct connection;
struct process_counters;

struct connection_list {
    struct connection *first, *last;
    size_t count, http2; // all, and those of that protocol, also over TLS, but for the spare ones
    size_t spare;
    size_t files; // descriptors that those of HTTP/2 need in their worker
};

struct connection {
    struct poller_watch watch;
    struct poller *poller;
    struct process_counters *counters;
    struct connection_list *list; // where it is; NULL: in none
    struct connection *previous, *next;
    uint64_t id;
    enum mux_protocol protocol;
    bool spare;                  // beyond the limit: for health only, and not for long
    struct poller_timer parting; // of a spare one
    bool handed;                 // a worker has it, or has it in its socket
    bool half_closed;            // the client sends no more
    socklen_t peer_len;
    struct sockaddr_storage peer;
};

// Takes fd over, also on failure (then it is closed). NULL: no memory or descriptors.
struct connection *connection_new(struct poller *poller, struct process_counters *counters, uint64_t id, int fd,
                                  enum mux_protocol protocol, const struct sockaddr *peer, socklen_t peer_len);
void connection_move(struct connection *connection, struct connection_list *list); // to its end; NULL: out of any
// After it was handed over. Closes it if the client has ended.
void connection_handed(struct connection *connection);
void connection_close(struct connection *connection); // this process's descriptor
// Ends one that a worker has: for the worker and for the client.
void connection_cut(struct connection *connection);
// Takes it out of any list. Whether it is for health only is told before a slot takes it.
void connection_mark(struct connection *connection, bool spare);
// For one that no worker gets: its client sees an end, not a reset, which what it has sent already would make of it.
void connection_turn_away(struct connection *connection);
struct connection *connection_find(const struct connection_list *list, uint64_t id);

#endif
