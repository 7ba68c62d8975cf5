// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The gRPC server: sockets, calls and time. Knows the services only as functions (service.h).
//
// Threads: server_run() does all serving on the thread that calls it. server_use() and server_stop() may be called from
// another one; a lock guards the store.
#ifndef SANDBOX_SERVER_H
#define SANDBOX_SERVER_H

#include "faults.h"
#include "service.h"

struct server_options {
    const char *address;     // to listen on
    int port;                // that services share; 0: any free one
    int own_ports[SERVICES]; // of a service alone; -1: it shares
    struct service_manners manners;
    struct faults faults;
    bool verbose;
};

struct server;

// Listens. NULL, with a line in problems, where a port can't be had. The store belongs to the server from then on.
struct server *server_open(const struct server_options *options, struct store *store, struct text *problems);

// The port a service is on.
int server_port(const struct server *server, enum service service);

// Serves until server_stop() was called and all calls have ended.
void server_run(struct server *server);

// Serves from another store from the next call on; frees the old one. [any thread]
void server_use(struct server *server, struct store *store);

// Makes server_run() return: running calls end, new ones are refused. [any thread] Once.
void server_stop(struct server *server);

void server_free(struct server *server); // NULL is allowed

#endif
