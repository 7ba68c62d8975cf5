// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The gRPC server of a worker: its methods, its connections, its drain. Serves on the worker's loop.
//
// Threads: on the loop, but for front_server_add().
#ifndef FRONT_SERVER_H
#define FRONT_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include "front/inbound.h"
#include "front/tls.h"

struct front_serving;
struct front_observed;

struct front_server {
    struct loop *loop;
    grpc_server *server;
    grpc_server_credentials *credentials;
    const char *tls_address;
    struct front_tls *tls;               // NULL: only what is handed over is served
    const struct front_serving *serving; // what the methods serve from
    struct inbound *idle;
    uint32_t idle_count;
    uint32_t under_way; // calls not yet ended
    bool draining;
    struct front_observed *observed; // NULL: nobody looks
    struct loop_event stopped;
    struct loop_timer parting; // until connections that have nothing to do are closed
    void (*on_stopped)(void *user);
    void *stopped_user;
    size_t max_message; // bytes of a request, unpacked
};

struct front_server_options {
    struct loop *loop;
    size_t max_message; // bytes of a request
    const struct front_serving *serving;
    const char *tls_address; // "host:port" to listen at for TLS, with others that do; NULL: nowhere
    struct front_tls_files tls_files;
};

// NULL with a message in error.
struct front_server *front_server_new(const struct front_server_options *options, char *error, size_t size);
// Takes calls from now on, and connections at the TLS address. Once, before the first connection is added. False: it
// can't listen there, with a message in error; it takes calls all the same.
bool front_server_open(struct front_server *server, char *error, size_t size);
// Serves HTTP/2 on a connected socket, which it takes over. [any]
void front_server_add(struct front_server *server, int fd, const char *peer);
// Ends what is idle, lets running calls end, then calls on_stopped. Calls that come meanwhile are refused.
void front_server_drain(struct front_server *server, void (*on_stopped)(void *user), void *user);
void front_server_free(struct front_server *server); // after on_stopped
// A unary call of a known method is answered; a call has ended. [of inbound.c]
void front_server_answered(struct front_server *server, const struct inbound *inbound, int status);
void front_server_call_ended(struct front_server *server);

#endif
