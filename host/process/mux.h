// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Tells HTTP/2 from HTTP/1 by a connection's first bytes, and TLS from rubbish on a port of its own, without taking
// them and without waiting: the undecided cost a descriptor and a few bytes each, and only for so long. Knows nothing
// of who serves the connections.
//
// Threads: all on the thread of the poller.
#ifndef PROCESS_MUX_H
#define PROCESS_MUX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct poller;
struct listener;
struct mux;
struct process_counters;

// The spare ones come from the master only: beyond the limit of connections, so of gRPC for health and nothing else.
enum mux_protocol { MUX_HTTP1 = 1, MUX_HTTP2 = 2, MUX_TLS = 3, MUX_HTTP2_SPARE = 4, MUX_TLS_SPARE = 5 };

// The connection is the callee's now. It is non-blocking, close-on-exec and has TCP_NODELAY set; nothing was read of
// it.
typedef void mux_route_fn(void *user, int fd, enum mux_protocol protocol, const struct sockaddr *peer,
                          socklen_t peer_len);

struct mux_options {
    int64_t timeout_ms;   // how long a connection may stay undecided; 0: 10,000
    size_t max_undecided; // beyond it the oldest is closed; 0: 4096
    mux_route_fn *route;
    void *user;
    struct process_counters *counters;
};

// Accepts from the listeners whenever the poller runs; from the second one TLS, and nothing else (no sockets: nothing).
// Their sockets are left to their owner. NULL: no memory or descriptors (errno).
struct mux *mux_new(struct poller *poller, const struct listener *plain, const struct listener *tls,
                    const struct mux_options *options);
// Accepts no more, but routes what was accepted once it is decided, for a second at most. Then done() is called, maybe
// at once. 'rest': also what waits to be accepted, which would be refused when the listener is closed.
void mux_leave(struct mux *mux, bool rest, void (*done)(void *user));
// Accepts no more and closes what is undecided.
void mux_stop(struct mux *mux);
void mux_free(struct mux *mux);

#endif
