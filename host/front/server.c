// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The gRPC server of a worker: its methods, its connections, its drain.
#include "front/server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/magic.h"
#include "front/admit.h"
#include "front/inbound_inner.h"
#include "front/methods.h"
#include "front/observe.h"
#include "front/relay.h"
#include "front/server_tls.h"
#include "front/serving.h"
#include "front/session.h"
#include "run/engine.h"

// How long connections without calls may stay once the server is shut down.
#define PARTING_US 200000

static const struct inbound_method methods[] = {
    [INFERD_POINTWISE] = {"/Predict/InferPointWise", .runs = true, .start = predict_point},
    [INFERD_PAIRWISE] = {"/Predict/InferPairWise", .runs = true, .start = predict_pair},
    [INFERD_SLATEWISE] = {"/Predict/InferSlateWise", .runs = true, .start = predict_slate},
    [INFERD_ENTITIES] = {"/Inferflow/RetrieveModelScore", .runs = true, .start = entities_score},
    {.path = "/grpc.health.v1.Health/Check", .health = true, .start = health_check},
    {.path = "/grpc.health.v1.Health/Watch", .health = true, .stream = true, .start = health_watch},
    {.path = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", .stream = true, .start = reflection_stream},
    {.path = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
     .stream = true,
     .start = reflection_stream},
};

#define METHODS (sizeof(methods) / sizeof(methods[0]))

const struct inbound_method *front_server_method(enum inferd_request_form form)
{
    return &methods[form];
}

const struct inbound_method *front_server_method_at(const char *path)
{
    for (size_t i = 0; i < METHODS; i++)
        if (strcmp(methods[i].path, path) == 0)
            return &methods[i];
    return NULL;
}

static struct front_server *server_of(struct loop_timer *timer)
{
    return (struct front_server *)((char *)timer - offsetof(struct front_server, parting));
}

// Nothing is under way, and nothing more comes.
static bool is_quiet(struct front_server *server)
{
    return server->under_way == 0 && !server->sessions && (server->closing || atomic_load(&server->expected) == 0);
}

static void arm_parting(struct front_server *server, void (*fn)(struct loop_timer *timer), int64_t at_us)
{
    loop_timer_drop(server->loop, &server->parting);
    server->parting.fn = fn;
    if (!loop_timer_arm(server->loop, &server->parting, at_us))
        fn(&server->parting);
}

static void tell_stopped(struct front_server *server)
{
    void (*stopped)(void *user) = server->on_stopped;

    loop_timer_drop(server->loop, &server->parting);
    server->closing = true;
    server->on_stopped = NULL;
    if (stopped)
        stopped(server->stopped_user);
}

// Clients that keep idle connections would hold up the end: they have been told, now they are cut off.
static void part(struct loop_timer *timer)
{
    struct front_server *server = server_of(timer);

    if (server->under_way > 0)
        return;
    for (struct session *session = server->sessions; session; session = session_next(session))
        session_cut(session);
    tell_stopped(server);
}

// What arrives from now on is lost, so it comes when nothing more is to be expected.
static void shut_down(struct front_server *server)
{
    if (server->closing)
        return;
    server->closing = true;
    loop_timer_drop(server->loop, &server->parting);
    for (struct session *session = server->sessions; session; session = session_next(session))
        session_leave(session);
    if (server->under_way == 0)
        arm_parting(server, part, loop_now_us(server->loop) + PARTING_US);
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

static void look_for_end(struct loop_job *job)
{
    struct front_server *server = (struct front_server *)((char *)job - offsetof(struct front_server, came));

    atomic_store(&server->came_posted, false);
    if (server->draining && is_quiet(server))
        tell_stopped(server);
}

void front_server_session_ended(struct front_server *server)
{
    look_for_end(&server->came);
}

// [any]
void front_server_expect(struct front_server *server)
{
    atomic_fetch_add(&server->expected, 1);
}

// [any]
void front_server_came(struct front_server *server)
{
    atomic_fetch_sub(&server->expected, 1);
    if (!atomic_exchange(&server->came_posted, true))
        loop_post(server->loop, &server->came);
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

static void reap(struct loop_job *job)
{
    inbound_reap((struct front_server *)((char *)job - offsetof(struct front_server, reap)));
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
    server->serving = options->serving;
    server->max_message = options->max_message;
    server->unread.limit = options->max_unread;
    server->max_rows = options->max_rows;
    server->max_columns = options->max_columns;
    server->max_header = (uint32_t)options->max_header;
    server->max_streams = (uint32_t)options->max_streams;
    server->ping_ms = options->ping_ms;
    server->ping_timeout_ms = options->ping_timeout_ms;
    server->reap.fn = reap;
    server->came.fn = look_for_end;
    if (!front_server_speak_tls(server, options->tls_files, error, size)) {
        front_server_free_tls(server);
        admission_free(&server->admission);
        free(server);
        return NULL;
    }
    log_limit_begin(&server->unread.log_limit, "connection", NULL);
    server->observed = front_observe_new(options->serving->engine->metrics, METHODS);
    return server;
}

void front_server_add(struct front_server *server, int fd)
{
    session_open(server, fd, false, NULL);
}

void front_server_add_spare(struct front_server *server, int fd)
{
    session_open(server, fd, true, NULL);
}

void front_server_answered(struct front_server *server, const struct inbound *inbound, int status)
{
    front_observe_answer(server->observed, (size_t)(inbound->method - methods), inbound, status);
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
    if (is_quiet(server))
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
    health_changed();
    wait_for_clients(server);
    if (server->relay)
        relay_leave(server->relay);
    for (struct session *session = server->sessions; session; session = session_next(session))
        session_say_goodbye(session);
    look_for_end(&server->came);
}

void front_server_free(struct front_server *server)
{
    loop_timer_drop(server->loop, &server->parting); // a call that ended after the server has armed it again
    relay_free(server->relay);
    loop_timer_drop(server->loop, &server->due);
    server->closing = true;
    session_free_all(server);
    front_server_free_tls(server);
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
