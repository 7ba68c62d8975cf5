// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What runs, steps and calls count.
#include "run/observe.h"

#include <string.h>

#include "base/text.h"
#include "run/observe_policy.h"

// Of one model; by form of request.
struct plan_metrics {
    struct metrics *metrics;
    bool seen[INFERD_ENTITIES + 1];
    struct inferd_metric *requests[INFERD_ENTITIES + 1], *latency[INFERD_ENTITIES + 1], *rows[INFERD_ENTITIES + 1];
};

struct component_metrics {
    struct metrics *metrics;
    bool seen; // it has run
    struct inferd_metric *executions, *latency;
    struct inferd_metric *looked_up, *missed;   // in the cache; made when first needed
    struct inferd_metric *shared;               // likewise
    struct inferd_metric *errors[RUN_STATUSES]; // made when first needed
};

static const char *const status_names[RUN_STATUSES] = {
    "ok",        "cancelled",      "unknown",           "invalid_argument",   "deadline_exceeded",
    "not_found", "already_exists", "permission_denied", "resource_exhausted", "failed_precondition",
    "aborted",   "out_of_range",   "unimplemented",     "internal",           "unavailable",
    "data_loss", "unauthenticated"};
static const char *const form_names[] = {"pointwise", "pairwise", "slatewise"};

struct inferd_metric *run_observe_series(struct metrics *metrics, enum metrics_series which,
                                         const char *const (*tags)[2], size_t count)
{
    struct inferd_metric *made;
    struct text text;

    text_init(&text);
    for (size_t i = 0; i < count; i++)
        metrics_tag(&text, tags[i][0], tags[i][1]);
    made = metrics_series(metrics, which, text_string(&text));
    text_free(&text);
    return made;
}

static void observe_component(struct metrics *metrics, struct inferd_self *self)
{
    struct component_metrics *made = arena_zalloc(&self->plan->arena, sizeof(*made));

    if (made)
        made->metrics = metrics;
    self->metrics = made;
}

// With its first run: there may be thousands of models that nobody asks for, and a latency takes much room.
static void observe_execution(struct component_metrics *made, const struct inferd_self *self)
{
    const char *const tags[][2] = {{"model-id", self->info.model}, {"component-name", self->info.name}};

    made->executions = run_observe_series(made->metrics, METRICS_COMPONENT_EXECUTIONS, tags, 2);
    made->latency = run_observe_series(made->metrics, METRICS_COMPONENT_LATENCY, tags, 2);
    made->seen = true;
}

void run_observe_plan(struct metrics *metrics, struct plan *plan)
{
    struct plan_metrics *made = arena_zalloc(&plan->arena, sizeof(*made));

    for (uint32_t i = 0; metrics && i < plan->node_count; i++) {
        observe_component(metrics, plan->nodes[i].component);
        run_observe_policy(metrics, plan->nodes[i].component);
    }
    if (!metrics || !made)
        return;
    made->metrics = metrics;
    plan->metrics = made;
}

// A model's metrics of one form of request: made with the first of them, for most models see one form only.
static void observe_form(struct plan_metrics *made, const struct plan *plan, unsigned form)
{
    const char *const tags[][2] = {{"model-id", plan->model},
                                   {"inference-mode", form < INFERD_ENTITIES ? form_names[form] : ""}};
    bool entities = form == INFERD_ENTITIES;
    size_t count = entities ? 1 : 2;

    made->requests[form] =
        run_observe_series(made->metrics, entities ? METRICS_SCORE_REQUESTS : METRICS_PREDICT_REQUESTS, tags, count);
    made->latency[form] =
        run_observe_series(made->metrics, entities ? METRICS_SCORE_LATENCY : METRICS_PREDICT_LATENCY, tags, count);
    made->rows[form] =
        run_observe_series(made->metrics, entities ? METRICS_SCORE_ROWS : METRICS_PREDICT_ROWS, tags, count);
    made->seen[form] = true;
}

// The address is no tag of these, for Inferflow has none; failures tell it.
void run_observe_method(struct metrics *metrics, const struct inferd_self *self,
                        const struct inferd_method_options *options, struct run_call_metrics *made)
{
    const char *service = options->service ? options->service : "";
    const char *endpoint = options->endpoint ? options->endpoint : options->path;
    struct arena *arena = &self->plan->arena;

    *made = (struct run_call_metrics){.metrics = metrics};
    if (!metrics)
        return;
    made->service = arena_strndup(arena, service, strlen(service));
    made->address = arena_strndup(arena, options->address, strlen(options->address));
    made->endpoint = arena_strndup(arena, endpoint, strlen(endpoint));
    made->self = self;
}

// Likewise.
static void observe_first_call(struct run_call_metrics *made)
{
    const char *const tags[][2] = {{"model-id", made->self->info.model},
                                   {"component-name", made->self->info.name},
                                   {"ext-service", made->service},
                                   {"endpoint", made->endpoint}};

    made->seen = true;
    if (!made->service || !made->endpoint)
        return;
    made->calls = run_observe_series(made->metrics, METRICS_BACKEND_CALLS, tags, 4);
    made->latency = run_observe_series(made->metrics, METRICS_BACKEND_LATENCY, tags, 4);
}

static void observe_failure(struct run_call_metrics *made, int status)
{
    if (!made->metrics || !made->service || !made->address || status < 0 || status >= RUN_STATUSES)
        return;
    if (!made->failures[status]) {
        const char *const tags[][2] = {
            {"ext-service", made->service}, {"address", made->address}, {"code", status_names[status]}};

        made->failures[status] = run_observe_series(made->metrics, METRICS_BACKEND_FAILURES, tags, 3);
    }
    metrics_metric_add(made->failures[status], 1);
}

void run_observe_cache(const struct inferd_self *self, uint64_t looked_up, uint64_t missed)
{
    struct component_metrics *made = self->metrics;

    if (!made)
        return;
    if (!made->looked_up) {
        const char *const tags[][2] = {{"model-id", self->info.model}, {"component-name", self->info.name}};

        made->looked_up = run_observe_series(made->metrics, METRICS_CACHE_REQUESTS, tags, 2);
        made->missed = run_observe_series(made->metrics, METRICS_CACHE_MISSES, tags, 2);
    }
    metrics_metric_add(made->looked_up, looked_up);
    metrics_metric_add(made->missed, missed);
}

void run_observe_shared(const struct inferd_self *self)
{
    struct component_metrics *made = self->metrics;

    if (!made)
        return;
    if (!made->shared) {
        const char *const tags[][2] = {{"model-id", self->info.model}, {"component-name", self->info.name}};

        made->shared = run_observe_series(made->metrics, METRICS_FLIGHT_SHARED, tags, 2);
    }
    metrics_metric_add(made->shared, 1);
}

void run_observe_landing(int status)
{
    if (status == INFERD_ABORTED)
        metrics_add(METRICS_FLIGHTS_GIVEN_UP, 1);
    else if (status == INFERD_DEADLINE_EXCEEDED)
        metrics_add(METRICS_FLIGHTS_TOO_LONG, 1);
    else if (status == INFERD_CANCELLED)
        metrics_add(METRICS_FLIGHTS_RUN_OVER, 1);
    else if (status != INFERD_OK)
        metrics_add(METRICS_FLIGHTS_FAILED, 1);
}

void run_observe_start(const struct run *run)
{
    struct plan_metrics *made = run->plan->metrics;

    metrics_add(METRICS_RUNS, 1);
    if (made && !made->seen[run->request->form])
        observe_form(made, run->plan, run->request->form);
    if (made)
        metrics_metric_add(made->requests[run->request->form], 1);
}

void run_observe_answer(const struct run *run, int status)
{
    const struct plan_metrics *made = run->plan->metrics;
    unsigned form = run->request->form;

    if (status == INFERD_CANCELLED)
        metrics_add(METRICS_RUNS_CANCELLED, 1);
    else if (status == INFERD_DEADLINE_EXCEEDED)
        metrics_add(METRICS_RUNS_EXPIRED, 1);
    else if (status != INFERD_OK)
        metrics_add(METRICS_RUNS_FAILED, 1);
    if (run->arena.exhausted)
        metrics_add(METRICS_RUNS_OUT_OF_MEMORY, 1);
    for (uint32_t n = 0; status != INFERD_OK && run->steps && n < run->plan->graph_count; n++)
        if (run->steps[n].state == STEP_WAITING)
            metrics_add(METRICS_NODES_SKIPPED, 1);
    if (!made)
        return;
    metrics_metric_add(made->rows[form],
                       form == INFERD_PAIRWISE || form == INFERD_SLATEWISE ? run->slates : run->targets);
    metrics_metric_observe(made->latency[form], (uint64_t)(loop_now_us(run->engine->loop) - run->started_us));
}

void run_observe_step(const struct run_step *step, int status)
{
    const struct inferd_self *self = step->node->component;
    struct component_metrics *made = self->metrics;

    metrics_add(METRICS_NODES, 1);
    if (status != INFERD_OK)
        metrics_add(METRICS_NODES_FAILED, 1);
    if (!made)
        return;
    if (!made->seen)
        observe_execution(made, self);
    metrics_metric_add(made->executions, 1);
    metrics_metric_observe(made->latency, (uint64_t)(loop_now_us(step->run->engine->loop) - step->started_us));
    if (status == INFERD_OK)
        return;
    if (!made->errors[status]) {
        const char *const tags[][2] = {
            {"model-id", self->info.model}, {"component-name", self->info.name}, {"code", status_names[status]}};

        made->errors[status] = run_observe_series(made->metrics, METRICS_COMPONENT_FAILURES, tags, 3);
    }
    metrics_metric_add(made->errors[status], 1);
}

void run_observe_call_began(struct run_call_metrics *made)
{
    metrics_add(METRICS_CALLS_IN_FLIGHT, 1);
    if (made->metrics && !made->seen)
        observe_first_call(made);
    metrics_metric_add(made->calls, 1);
}

void run_observe_call(struct run_call_metrics *made, int status, int64_t took_us)
{
    if (status != INFERD_OK)
        observe_failure(made, status);
    if (status == INFERD_CANCELLED)
        metrics_add(METRICS_CALLS_CANCELLED, 1);
    else if (status != INFERD_OK)
        metrics_add(METRICS_CALLS_FAILED, 1);
    metrics_add(METRICS_CALLS_IN_FLIGHT, -1);
    metrics_metric_observe(made->latency, (uint64_t)took_us);
}
