// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The gRPC server of a worker: its methods, its connections, its drain.
#include "front/server.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <grpc/grpc_posix.h>
#include <grpc/grpc_security.h>
#include "base/magic.h"
#include "front/admit.h"
#include "front/farewell.h"
#include "front/methods.h"
#include "front/observe.h"
#include "front/relay.h"
#include "front/server_tls.h"
#include "front/serving.h"
#include "run/engine.h"

// How long connections without calls may stay once the server is shut down.
#define PARTING_US 200000

// A call that arrives takes one of those asked for, and asks for the next at once; more than a turn of the loop takes
// in are of no use, and Debian's gRPC looks through all that is asked for at each event.
static const struct inbound_method methods[] = {
    [INFERD_POINTWISE] = {"/Predict/InferPointWise", .runs = true, .outstanding = 8, .start = predict_point},
    [INFERD_PAIRWISE] = {"/Predict/InferPairWise", .runs = true, .outstanding = 4, .start = predict_pair},
    [INFERD_SLATEWISE] = {"/Predict/InferSlateWise", .runs = true, .outstanding = 4, .start = predict_slate},
    [INFERD_ENTITIES] = {"/Inferflow/RetrieveModelScore", .runs = true, .outstanding = 8, .start = entities_score},
    {.path = "/grpc.health.v1.Health/Check", .health = true, .outstanding = 1, .start = health_check},
    {.path = "/grpc.health.v1.Health/Watch", .health = true, .stream = true, .outstanding = 1, .start = health_watch},
    {.path = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
     .stream = true,
     .outstanding = 1,
     .start = reflection_stream},
    {.path = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
     .stream = true,
     .outstanding = 1,
     .start = reflection_stream},
};

#define METHODS (sizeof(methods) / sizeof(methods[0]))

const struct inbound_method *front_server_method(enum inferd_request_form form)
{
    return &methods[form];
}

static grpc_arg integer(const char *key, int value)
{
    return (grpc_arg){.type = GRPC_ARG_INTEGER, .key = (char *)key, .value.integer = value};
}

static grpc_server *new_server(const struct front_server_options *options)
{
    grpc_arg args[] = {
        integer(GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH, (int)options->max_message),
        integer(GRPC_ARG_MAX_SEND_MESSAGE_LENGTH, -1),
        integer(GRPC_ARG_MAX_METADATA_SIZE, options->max_header),
        integer(GRPC_ARG_MAX_CONCURRENT_STREAMS, options->max_streams),
        // A client that is gone without a word is noticed; one may ping as often as every 10 s.
        integer(GRPC_ARG_KEEPALIVE_TIME_MS, options->ping_ms),
        integer(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, options->ping_timeout_ms),
        integer(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1),
        integer(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 0),
        integer(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 10000),
        // Replies aren't compressed; requests may be, and are unpacked here, within the limit. A run's deadline is its
        // own timer's business.
        integer(GRPC_ARG_ENABLE_PER_MESSAGE_COMPRESSION, 0),
        integer(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0),
        integer(GRPC_ARG_ENABLE_DEADLINE_CHECKS, 0),
        integer(GRPC_ARG_ENABLE_CHANNELZ, 0),
        // No pings to measure bandwidth with; windows and frames large enough for whole requests instead.
        integer(GRPC_ARG_HTTP2_BDP_PROBE, 0),
        integer(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, 1 << 20),
        integer(GRPC_ARG_HTTP2_MAX_FRAME_SIZE, 1 << 20),
    };
    grpc_channel_args all = {sizeof(args) / sizeof(args[0]), args};

    return grpc_server_create(&all, NULL);
}

// Registration comes before the start, asking for calls after it.
static void serve_methods(struct front_server *server)
{
    void *registered[METHODS];

    for (size_t i = 0; i < METHODS; i++)
        registered[i] = grpc_server_register_method(
            server->server, methods[i].path, NULL,
            methods[i].stream ? GRPC_SRM_PAYLOAD_NONE : GRPC_SRM_PAYLOAD_READ_INITIAL_BYTE_BUFFER, 0);
    grpc_server_start(server->server);
    for (size_t i = 0; i < METHODS; i++)
        for (uint32_t n = 0; n < methods[i].outstanding; n++)
            inbound_expect(server, &methods[i], registered[i]);
    inbound_expect(server, NULL, NULL);
}

// What is said to who is refused: made once, for there may be many.
static void prepare_refusals(struct front_server *server, unsigned retry_ms)
{
    snprintf(server->retry_hint, sizeof(server->retry_hint), "%u", retry_ms);
    snprintf(server->refusals[ADMISSION_FULL], sizeof(server->refusals[0]),
             "overloaded: as many requests are under way as can be answered in time; try again in %u ms or later",
             retry_ms);
    snprintf(server->refusals[ADMISSION_TENANT], sizeof(server->refusals[0]),
             "overloaded: this tenant_id has its share under way, and others want theirs; try again in %u ms or later",
             retry_ms);
}

struct front_server *front_server_new(const struct front_server_options *options, char *error, size_t size)
{
    struct front_server *server = calloc(1, sizeof(*server));

    if (!server || !admission_init(&server->admission, &options->admission)) {
        snprintf(error, size, "no memory for the gRPC server");
        free(server);
        return NULL;
    }
    prepare_refusals(server, options->retry_ms);
    server->loop = options->loop;
    admit_init(server);
    server->last_unwatched = &server->unwatched;
    server->serving = options->serving;
    server->max_message = options->max_message;
    server->unread.limit = options->max_unread;
    server->max_rows = options->max_rows;
    server->max_columns = options->max_columns;
    shown_init(&server->shown);
    spare_init(&server->spare);
    if (!front_server_speak_tls(server, options->tls_files, error, size)) {
        front_server_free_tls(server);
        shown_free(&server->shown);
        spare_free(&server->spare);
        admission_free(&server->admission);
        free(server);
        return NULL;
    }
    server->credentials = grpc_insecure_server_credentials_create();
    server->server = new_server(options);
    grpc_server_register_completion_queue(server->server, loop_queue(server->loop), NULL);
    server->farewell = farewell_new(options->loop);
    log_limit_begin(&server->unread.log_limit, "connection", NULL);
    server->observed = front_observe_new(options->serving->engine->metrics, METHODS);
    return server;
}

void front_server_open(struct front_server *server)
{
    serve_methods(server);
}

static void add(struct front_server *server, int fd)
{
    uint64_t cookie = farewell_cookie(fd);

    shown_note(&server->shown, fd, NULL);
    grpc_server_add_channel_from_fd(server->server, fd, server->credentials);
    if (server->farewell)
        farewell_note(server->farewell, fd, cookie);
}

void front_server_add(struct front_server *server, int fd)
{
    spare_note(&server->spare, fd, false);
    add(server, fd);
}

void front_server_add_spare(struct front_server *server, int fd)
{
    if (spare_note(&server->spare, fd, true)) {
        add(server, fd);
    } else {
        shutdown(fd, SHUT_RDWR);
        close(fd);
    }
}

static struct front_server *server_of(struct loop_timer *timer)
{
    return (struct front_server *)((char *)timer - offsetof(struct front_server, parting));
}

// gRPC doesn't know of all calls.
static void tell_stopped(struct front_server *server)
{
    if (!server->shut || server->under_way > 0)
        return;
    loop_timer_drop(server->loop, &server->parting);
    server->on_stopped(server->stopped_user);
}

static void on_stopped(struct loop_event *event, bool ok)
{
    struct front_server *server = (struct front_server *)((char *)event - offsetof(struct front_server, stopped));

    (void)ok;
    server->shut = true;
    tell_stopped(server);
}

static void arm_parting(struct front_server *server, void (*fn)(struct loop_timer *timer), int64_t at_us)
{
    loop_timer_drop(server->loop, &server->parting);
    server->parting.fn = fn;
    if (!loop_timer_arm(server->loop, &server->parting, at_us))
        fn(&server->parting);
}

// Clients that keep idle connections would hold up the end: they have been told, now they are cut off.
static void part(struct loop_timer *timer)
{
    struct front_server *server = server_of(timer);

    if (server->under_way == 0)
        grpc_server_cancel_all_calls(server->server);
}

// What arrives from now on is lost, so it comes when nothing more is to be expected.
static void shut_down(struct front_server *server)
{
    if (server->closing)
        return;
    server->closing = true;
    loop_timer_drop(server->loop, &server->parting);
    grpc_server_shutdown_and_notify(server->server, loop_queue(server->loop), &server->stopped);
    if (server->under_way == 0)
        arm_parting(server, part, loop_now_us(server->loop) + PARTING_US);
}

static void all_gone(void *user)
{
    shut_down(user);
}

static void out_of_patience(struct loop_timer *timer)
{
    shut_down(server_of(timer));
}

// Clients that stay: as long as they call, until the limit; without calls, for their patience.
static void wait_for_clients(struct front_server *server)
{
    int64_t patient_us = loop_now_us(server->loop) + server->drain.patience_ms * 1000;

    arm_parting(server, out_of_patience,
                server->under_way || patient_us > server->limit_us ? server->limit_us : patient_us);
}

void front_server_answered(struct front_server *server, const struct inbound *inbound, int status)
{
    front_observe_answer(server->observed, (size_t)(inbound->method - methods), inbound, status);
}

void front_server_writing(struct front_server *server, struct inbound *inbound)
{
    inbound->connection = server->draining && server->farewell ? farewell_writing(server->farewell, inbound->call) : -1;
    server->unread.bytes += inbound->unread;
    inbound->before_writing = NULL;
    inbound->next_writing = server->writing;
    if (inbound->next_writing)
        inbound->next_writing->before_writing = inbound;
    server->writing = inbound;
}

void front_server_written(struct front_server *server, struct inbound *inbound)
{
    server->unread.bytes -= inbound->unread;
    inbound->unread = 0;
    *(inbound->before_writing ? &inbound->before_writing->next_writing : &server->writing) = inbound->next_writing;
    if (inbound->next_writing)
        inbound->next_writing->before_writing = inbound->before_writing;
    if (server->draining && server->farewell)
        farewell_written(server->farewell, inbound->connection);
}

void front_server_call_began(struct front_server *server)
{
    if (server->under_way++ == 0 && server->draining && !server->closing)
        wait_for_clients(server);
}

void front_server_call_ended(struct front_server *server)
{
    if (--server->under_way > 0 || !server->draining)
        return;
    if (server->shut)
        tell_stopped(server);
    else if (server->closing)
        arm_parting(server, part, loop_now_us(server->loop) + PARTING_US);
    else
        wait_for_clients(server);
}

void front_server_drain(struct front_server *server, const struct front_server_drain *drain)
{
    server->draining = true;
    server->drain = *drain;
    server->limit_us = loop_now_us(server->loop) + drain->limit_ms * 1000;
    server->on_stopped = drain->stopped;
    server->stopped_user = drain->user;
    server->stopped.fn = on_stopped;
    health_changed();
    wait_for_clients(server);
    if (server->relay)
        relay_leave(server->relay);
    if (!server->farewell || !farewell_begin(server->farewell, all_gone, server)) {
        shut_down(server);
        return;
    }
    for (struct inbound *inbound = server->writing; inbound; inbound = inbound->next_writing)
        inbound->connection = farewell_writing(server->farewell, inbound->call);
    farewell_tell(server->farewell);
}

void front_server_free(struct front_server *server)
{
    loop_timer_drop(server->loop, &server->parting); // a call that ended after the server has armed it again
    relay_free(server->relay);
    loop_timer_drop(server->loop, &server->due);
    farewell_free(server->farewell);
    grpc_server_destroy(server->server);
    grpc_server_credentials_release(server->credentials);
    front_server_free_tls(server);
    shown_free(&server->shown);
    spare_free(&server->spare);
    front_observe_free(server->observed);
    log_limit_end(&server->unread.log_limit);
    admission_free(&server->admission);
    while (server->idle) {
        struct inbound *inbound = server->idle;

        server->idle = inbound->next_idle;
        free(inbound);
    }
    free(server);
}
