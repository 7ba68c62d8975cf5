// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The gRPC server of a worker: its methods and its connections.
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
    server->came.fn = front_server_look_for_end;
    if (!front_server_speak_tls(server, options->tls_files, error, size)) {
        front_server_free_tls(server);
        admission_free(&server->admission);
        free(server);
        return NULL;
    }
    log_limit_begin(&server->unread.log_limit, "connection", NULL);
    log_limit_begin(&server->denied, "access_denied", NULL);
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
    log_limit_end(&server->denied);
    admission_free(&server->admission);
    while (server->idle) {
        struct inbound *inbound = server->idle;

        server->idle = inbound->next_idle;
        free(inbound);
    }
    free(server);
}
