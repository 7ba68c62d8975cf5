// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// One call's life: awaited, answered, sent (late, if so wished), ended; and the server's state that it happens in.
// Everything here runs on the server's loop.
#ifndef SANDBOX_CALL_H
#define SANDBOX_CALL_H

#include "faults.h"
#include "service.h"

#include <grpc/grpc.h>

#include <pthread.h>
#include <stdatomic.h>

#define MAX_METHODS 16

struct call {
    struct call *next;
    struct listener *listener;
    const struct service_method *method; // NULL: any that nobody registered
    bool sent;
    int64_t due_us;
    grpc_call *grpc;
    grpc_call_details details; // of an unregistered method
    grpc_metadata_array metadata;
    gpr_timespec deadline;
    grpc_byte_buffer *request, *reply;
    enum inferd_status status;
    grpc_slice message;
    int cancelled;
};

struct call_list {
    struct call *first, *last;
};

struct listener {
    struct server *server;
    grpc_server *grpc;
    int port;
    bool shared; // is on the port that services share
    bool serves[SERVICES];
    void *methods[MAX_METHODS]; // gRPC's, as in service_methods
};

struct server {
    struct service_manners manners;
    struct faults faults;
    bool verbose;
    pthread_mutex_t lock; // guards store
    struct store *store;
    struct arena memory, scratch; // for the server's time, for a call's
    grpc_completion_queue *queue;
    struct listener listeners[SERVICES];
    struct listener *of_service[SERVICES];
    size_t n_listeners;
    struct call_list late[SERVICES]; // answers that wait for their time
    struct call *unused;
    _Atomic int64_t stop_at_us; // when patience ends; 0: not stopping
};

// Awaits a call of a method, or of one that the listener doesn't serve.
void call_await(struct server *server, struct listener *listener, const struct service_method *method);

// What the completion queue says of a call: it came, or its answer has gone.
void call_proceed(struct server *server, struct call *call, bool success);

void call_send(struct server *server, struct call *call);
struct call *call_take_first(struct call_list *list);
void call_free_all(struct server *server);

#endif
