// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Listening, and the loop over gRPC's completion queue. A call's own life is call.c's.
#include "server.h"
#include "call.h"

#include "base/clock.h"

#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <grpc/support/time.h>

// Calls that each method can begin before the loop comes round; more wait within gRPC.
#define READY_CALLS 8

// How long calls may run on after server_stop().
#define STOP_US 3000000

static bool add_listener(struct server *server, const struct server_options *options, int port, struct text *problems)
{
    grpc_arg settings[] = {
        {.type = GRPC_ARG_INTEGER, .key = (char *)GRPC_ARG_ALLOW_REUSEPORT, .value.integer = 0},
        {.type = GRPC_ARG_INTEGER, .key = (char *)GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH, .value.integer = 64 << 20},
    };
    grpc_channel_args args = {sizeof settings / sizeof *settings, settings};
    struct listener *listener = &server->listeners[server->n_listeners];
    grpc_server_credentials *credentials = grpc_insecure_server_credentials_create();
    char *address = arena_printf(&server->memory, "%s:%d", options->address, port);

    listener->server = server;
    listener->grpc = grpc_server_create(&args, NULL);
    grpc_server_register_completion_queue(listener->grpc, server->queue, NULL);
    listener->port = address ? grpc_server_add_http2_port(listener->grpc, address, credentials) : 0;
    grpc_server_credentials_release(credentials);
    server->n_listeners++;
    if (listener->port == 0)
        text_printf(problems, "%s: can't listen there; is the port taken?\n", address);
    return listener->port != 0;
}

// Finds the service's port among those that are open, or opens it.
static bool listen_for(struct server *server, const struct server_options *options, enum service service,
                       struct text *problems)
{
    bool shares = options->own_ports[service] < 0;
    int port = shares ? options->port : options->own_ports[service];
    size_t at = 0;

    while (at < server->n_listeners && !(shares && server->listeners[at].shared) &&
           (port == 0 || server->listeners[at].port != port))
        at++;
    if (at == server->n_listeners && !add_listener(server, options, port, problems))
        return false;
    server->listeners[at].shared |= shares;
    server->listeners[at].serves[service] = true;
    server->of_service[service] = &server->listeners[at];
    return true;
}

static void start_listener(struct server *server, struct listener *listener)
{
    for (size_t i = 0; i < n_service_methods; i++)
        if (listener->serves[service_methods[i].service])
            listener->methods[i] = grpc_server_register_method(listener->grpc, service_methods[i].path, NULL,
                                                               GRPC_SRM_PAYLOAD_READ_INITIAL_BYTE_BUFFER, 0);
    grpc_server_start(listener->grpc);
    for (size_t i = 0; i < n_service_methods; i++)
        for (int n = 0; n < READY_CALLS && listener->methods[i]; n++)
            call_await(server, listener, &service_methods[i]);
    call_await(server, listener, NULL);
}

int server_port(const struct server *server, enum service service)
{
    return server->of_service[service]->port;
}

void server_use(struct server *server, struct store *store)
{
    struct store *old;

    pthread_mutex_lock(&server->lock);
    old = server->store;
    server->store = store;
    pthread_mutex_unlock(&server->lock);
    store_free(old);
}

void server_stop(struct server *server)
{
    atomic_store(&server->stop_at_us, clock_now_us() + STOP_US);
    for (size_t i = 0; i < server->n_listeners; i++)
        grpc_server_shutdown_and_notify(server->listeners[i].grpc, server->queue, &server->listeners[i]);
}

// Sends what is due, which is everything once the server stops, and says when the loop must come back: for the earliest
// answer that waits, or at the end of patience.
static gpr_timespec send_due(struct server *server)
{
    int64_t now = clock_now_us(), stop_at = atomic_load(&server->stop_at_us), next = stop_at;

    if (next != 0 && now >= next) {
        for (size_t i = 0; i < server->n_listeners; i++)
            grpc_server_cancel_all_calls(server->listeners[i].grpc);
        next = 0;
    }
    for (int i = 0; i < SERVICES; i++) {
        struct call_list *list = &server->late[i];

        while (list->first && (stop_at != 0 || list->first->due_us <= now))
            call_send(server, call_take_first(list));
        if (list->first && (next == 0 || list->first->due_us < next))
            next = list->first->due_us;
    }
    if (next == 0)
        return gpr_inf_future(GPR_CLOCK_MONOTONIC);
    return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_micros(next - now, GPR_TIMESPAN));
}

static bool is_listener(const struct server *server, const void *tag)
{
    return tag >= (const void *)server->listeners && tag < (const void *)(server->listeners + SERVICES);
}

void server_run(struct server *server)
{
    size_t running = server->n_listeners;

    while (running > 0) {
        grpc_event event = grpc_completion_queue_next(server->queue, send_due(server), NULL);

        if (event.type != GRPC_OP_COMPLETE)
            continue;
        if (is_listener(server, event.tag))
            running--;
        else
            call_proceed(server, event.tag, event.success);
    }
}

void server_free(struct server *server)
{
    if (!server)
        return;
    for (size_t i = 0; i < server->n_listeners; i++)
        grpc_server_destroy(server->listeners[i].grpc);
    grpc_completion_queue_shutdown(server->queue);
    for (grpc_event event; server->queue;) {
        event = grpc_completion_queue_next(server->queue, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);
        if (event.type == GRPC_QUEUE_SHUTDOWN)
            break;
        if (!is_listener(server, event.tag))
            call_proceed(server, event.tag, 0);
    }
    grpc_completion_queue_destroy(server->queue);
    call_free_all(server);
    store_free(server->store);
    arena_free(&server->memory);
    arena_free(&server->scratch);
    pthread_mutex_destroy(&server->lock);
    free(server);
}

struct server *server_open(const struct server_options *options, struct store *store, struct text *problems)
{
    struct server *server = calloc(1, sizeof *server);
    bool good = true;

    if (!server) {
        text_add(problems, "no memory for the server\n");
        store_free(store);
        return NULL;
    }
    server->manners = options->manners;
    server->faults = options->faults;
    server->verbose = options->verbose;
    server->store = store;
    pthread_mutex_init(&server->lock, NULL);
    arena_init(&server->memory, 4096, 0);
    arena_init(&server->scratch, 1 << 20, 0);
    server->queue = grpc_completion_queue_create_for_next(NULL);
    for (int i = 0; i < SERVICES && good; i++)
        good = listen_for(server, options, (enum service)i, problems);
    if (!good) {
        server_stop(server); // gRPC wants this of a server that has a port, even if it never started
        server_run(server);
        server_free(server);
        return NULL;
    }
    for (size_t i = 0; i < server->n_listeners; i++)
        start_listener(server, &server->listeners[i]);
    return server;
}
