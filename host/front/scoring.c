// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// One scoring call: from its message to a run, from the run's end to its reply.
#include "front/scoring.h"

#include <stdio.h>

#include <inferd/status.h>
#include "base/magic.h"
#include "front/admit.h"
#include "front/permit.h"
#include "front/server.h"
#include "front/serving.h"
#include "metrics/metrics.h"
#include "front/explain.h"
#include "run/models.h"

// A call whose run is under way; in the run's arena.
struct scoring {
    struct inbound *inbound;
    const struct scoring_method *method;
    struct run *run;
};

static uint32_t headers(void *user, const char *name, struct inferd_bytes *values, uint32_t room)
{
    struct scoring *scoring = user;

    return inbound_headers(scoring->inbound, name, values, room);
}

static void forget_message(void *user)
{
    grpc_slice_unref(*(grpc_slice *)user);
}

// Steps that the reply doesn't wait for may still read the request.
static void keep_message(struct run *run, struct inbound *inbound)
{
    grpc_slice *slice = run->pending || run->outstanding ? arena_alloc(&run->arena, sizeof(*slice)) : NULL;

    if (!slice)
        return;
    *slice = grpc_slice_ref(inbound->slice);
    run->forget = forget_message;
    run->forget_user = slice;
}

static void done(void *user, struct run *run, int status, const char *message)
{
    struct scoring *scoring = user;
    struct inbound *inbound = scoring->inbound;
    grpc_slice reply;

    inbound->user = NULL;
    admit_leave(inbound, &run->plan->pace, run->plan->users - 1, status == INFERD_OK);
    if (run->recorded)
        front_explain_reply(inbound, run, status);
    if (status == INFERD_OK && scoring->method->write(run, inbound, &reply, &status, &message))
        inbound_reply(inbound, reply);
    else
        inbound_fail(inbound, status, message);
    keep_message(run, inbound);
    run_release(run);
    inbound_drop_message(inbound);
}

static void cancelled(struct inbound *inbound)
{
    struct scoring *scoring = inbound->user;

    run_cancel(scoring->run);
}

static const struct run_front front = {.headers = headers, .done = done};

static void refuse_model(struct inbound *inbound, const struct run_model *model, struct inferd_bytes id)
{
    const struct front_serving *serving = inbound->server->serving;
    int status = !serving->compat            ? INFERD_NOT_FOUND
                 : model && model->bad_graph ? INFERD_INTERNAL
                                             : INFERD_INVALID_ARGUMENT;
    int len = id.len > 128 ? 128 : (int)id.len;
    char text[512];

    if (!atomic_load(serving->ready)) {
        inbound_fail(inbound, INFERD_UNAVAILABLE, "model configs have not been read yet: their source is away");
        return;
    }
    if (model && model->reason)
        snprintf(text, sizeof(text), "model config not found or invalid for id: %.*s: it was refused: %s", len,
                 (const char *)id.data, model->reason);
    else
        snprintf(text, sizeof(text), "model config not found or invalid for id: %.*s", len, (const char *)id.data);
    inbound_fail(inbound, status, text);
}

static void refuse_message(struct inbound *inbound, bool compat)
{
    metrics_add(METRICS_REQUESTS_GARBLED, 1);
    inbound_fail(
        inbound, compat ? INFERD_INTERNAL : INFERD_INVALID_ARGUMENT,
        "the request is not a message of this method: its protobuf encoding is broken, or a string is not UTF-8");
}

grpc_slice scoring_slice(size_t size)
{
    return grpc_slice_malloc(size);
}

// What a request has too much of, in words; NULL: nothing.
static const char *find_excess(const struct front_server *server, struct run *run, const struct inferd_request *request)
{
    uint32_t rows = request->targets > request->slates ? request->targets : request->slates;

    for (uint32_t i = 0; request->form == INFERD_ENTITIES && i < request->inputs; i++)
        if (request->input[i].count > rows)
            rows = request->input[i].count;
    if (server->max_rows && rows > server->max_rows) {
        metrics_add(METRICS_REFUSED_ROWS, 1);
        return arena_printf(&run->arena, "the request has %u rows; at most %u are taken (--max-rows): part it", rows,
                            server->max_rows);
    }
    if (!server->max_columns || request->inputs <= server->max_columns)
        return NULL;
    metrics_add(METRICS_REFUSED_COLUMNS, 1);
    return arena_printf(&run->arena, "the request has %u features; at most %u are taken (--max-columns)",
                        request->inputs, server->max_columns);
}

// A call has its place.
static void begin(struct inbound *inbound, const struct scoring_method *method, const struct run_model *model)
{
    const struct inferd_request *request;
    const char *error = "no memory for the run", *excess;
    int status = INFERD_RESOURCE_EXHAUSTED;
    struct run *run = run_new(inbound->server->serving->engine, model->plan);
    struct scoring *scoring = run ? arena_alloc(&run->arena, sizeof(*scoring)) : NULL;

    request = scoring ? method->read(run, inbound->message, &status, &error) : NULL;
    excess = request ? find_excess(inbound->server, run, request) : NULL;
    if (!request || excess) {
        if (excess)
            inbound_fail(inbound, INFERD_INVALID_ARGUMENT, excess);
        else if (status == INFERD_INTERNAL)
            refuse_message(inbound, model->plan->compat);
        else
            inbound_fail(inbound, status, error);
        admit_leave(inbound, NULL, 0, false);
        if (run)
            run_release(run);
        return;
    }
    *scoring = (struct scoring){.inbound = inbound, .method = method, .run = run};
    inbound->user = scoring;
    inbound->cancelled = cancelled;
    run->recorded = front_explain_asked(inbound) > 0;
    run_start(run, request, inbound->deadline_us, &front, scoring);
}

// NULL: the call was answered.
static const struct run_model *find_model(struct inbound *inbound, struct inferd_bytes id)
{
    const struct run_model *model = run_models_find(inbound->server->serving->models, id);

    if (model && model->plan)
        return model;
    refuse_model(inbound, model, id);
    return NULL;
}

// There may be other models than when it came.
static void admitted(struct inbound *inbound)
{
    const struct scoring_method *method = inbound->user;
    const struct run_model *model;
    struct inferd_bytes id, tenant;

    ALWAYS(method->read_ids(inbound->message, &id, &tenant));
    model = find_model(inbound, id);
    if (model)
        begin(inbound, method, model);
    else
        admit_leave(inbound, NULL, 0, false);
}

void scoring_start(struct inbound *inbound, const struct scoring_method *method)
{
    struct inferd_bytes id, tenant;
    const struct run_model *model;

    if (!method->read_ids(inbound->message, &id, &tenant)) {
        refuse_message(inbound, inbound->server->serving->compat); // no model is known
        return;
    }
    if (!front_permit(inbound, id, tenant))
        return;
    model = find_model(inbound, id);
    if (!model)
        return;
    inbound->user = (void *)method;
    if (admit(inbound, tenant, admitted))
        begin(inbound, method, model);
}
