// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A run: the tensors, split by rows into parallel calls; or one call for each slate. A failed or short reply costs its
// own rows; the step fails when all calls did.
#include <stdio.h>

#include "request.h"
#include "scores.h"

struct predator_run {
    struct predator *predator;
    uint32_t calls, open, failed;
    int64_t sent_us;
    int failure; // status of the first failed call
    char *why;   // and what is said about it
};

// Rows that go out in one call, and where its scores go.
struct batch {
    struct predator_run *run;
    const struct predator_route *route;
    struct predator_place place;
};

static void fail_batch(struct batch *batch, struct inferd_step *step, int status, const char *detail)
{
    struct predator_run *run = batch->run;
    struct predator *predator = run->predator;
    const char *separator = *detail ? ": " : "";
    char why[512];

    snprintf(why, sizeof(why), "model %s on %s: %s%s%s", predator->options->model_name, batch->route->address,
             inferd_status_name(status), separator, detail);
    if (predator->metrics)
        predator->metrics->add(predator->errors, 1);
    if (status != INFERD_CANCELLED) // a client that is gone is no news of the backend
        predator_log_failure(predator, "%s (%u %s from %u on)", why, batch->place.count,
                             predator->space == INFERD_SLATES ? "slates" : "rows", batch->place.first);
    if (run->failed++ == 0) {
        run->failure = status;
        run->why = predator->host->alloc(step, sizeof(why));
        if (run->why)
            memcpy(run->why, why, sizeof(why));
    }
    predator->host->fail_rows(step, predator->space, batch->place.first, batch->place.count, status, "%s", why);
}

// Time since 'begin_us', which is the end of what came before; the time now.
static int64_t observe(const struct predator *predator, struct inferd_metric *timing, int64_t begin_us)
{
    int64_t now = predator->timer && predator->metrics ? predator->timer->now_us() : 0;

    if (now && begin_us)
        predator->metrics->observe(timing, (uint64_t)(now - begin_us));
    return now;
}

static int outcome(const struct predator_run *run, struct inferd_step *step)
{
    if (run->calls == 0 || run->failed < run->calls)
        return INFERD_OK;
    return run->predator->host->fail_step(step, run->failure, "%s", run->why ? run->why : "all calls failed");
}

// What is wrong with a reply; NULL when at least a row of it was of use.
static const char *take_reply(struct batch *batch, struct inferd_step *step, struct inferd_bytes reply)
{
    const struct predator *predator = batch->run->predator;
    const struct predator_place *place = &batch->place;
    struct predator_result *results = predator->host->alloc(step, predator->output_count * sizeof(*results));
    const char *why = results ? predator_reply_read(predator, step, reply, results) : "no memory for its reply";
    uint32_t rows;

    if (why)
        return why;
    rows = predator_scores_set(predator, step, results, place, &why);
    if (why || rows == place->count)
        return why;
    if (rows == 0)
        return "its reply has no rows";
    predator->host->fail_rows(step, predator->space, place->first + rows, place->count - rows, INFERD_INTERNAL,
                              "model %s on %s: its reply has %u rows of %u", predator->options->model_name,
                              batch->route->address, rows, place->count);
    return NULL;
}

static void call_done(struct inferd_step *step, void *user, int status, const char *detail, struct inferd_bytes reply)
{
    struct batch *batch = user;
    struct predator_run *run = batch->run;

    if (status == INFERD_OK) {
        const char *why = take_reply(batch, step, reply);

        status = why ? INFERD_INTERNAL : INFERD_OK;
        detail = why;
    }
    if (status != INFERD_OK)
        fail_batch(batch, step, status, detail);
    if (--run->open > 0)
        return;
    observe(run->predator, run->predator->scoring, run->sent_us);
    run->predator->host->complete(step->token, outcome(run, step));
}

// Sends some rows of the tensors.
static void send_rows(struct batch *batch, struct inferd_step *step, const struct predator_tensor *tensors,
                      uint32_t first, uint32_t count)
{
    struct predator_run *run = batch->run;
    const struct predator *predator = run->predator;
    size_t size = predator_request_size(predator, tensors, first, count);
    uint8_t *message = predator->rpc->message(step, size);
    int status = INFERD_RESOURCE_EXHAUSTED;

    if (message) {
        predator_request_write(predator, step, tensors, first, count, message);
        status = predator->rpc->call(step, batch->route->method, message, size, call_done, batch);
    }
    if (predator->metrics)
        predator->metrics->add(predator->rows, count);
    run->calls++;
    if (status == INFERD_OK)
        run->open++;
    else
        fail_batch(batch, step, status, "no memory for a call");
}

static struct predator_tensor *make_tensors(const struct predator *predator, struct inferd_step *step,
                                            struct predator_view view)
{
    struct predator_tensor *tensors = predator->host->alloc(step, predator->input_count * sizeof(*tensors));

    for (uint32_t i = 0; tensors && i < predator->input_count; i++)
        if (!predator_tensor_make(&tensors[i], predator, step, &predator->inputs[i], view))
            return NULL;
    return tensors;
}

static uint32_t rows_in_a_call(const struct predator *predator, uint32_t rows)
{
    int64_t most = predator->options->batch_size;

    return most > 0 && most < rows ? (uint32_t)most : rows;
}

static bool send_targets(struct predator_run *run, struct inferd_step *step)
{
    const struct predator *predator = run->predator;
    uint32_t rows = step->rows[INFERD_TARGETS], most = rows_in_a_call(predator, rows), count;
    const struct predator_route *route = predator_pick_route(run->predator);
    struct predator_tensor *tensors;
    struct batch *batches;

    if (rows == 0)
        return true;
    count = rows / most + (rows % most != 0);
    tensors = make_tensors(predator, step, (struct predator_view){NULL, rows, 0});
    batches = predator->host->alloc(step, count * sizeof(*batches));
    if (!tensors || !batches)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t first = i * most, some = rows - first < most ? rows - first : most;

        batches[i] = (struct batch){run, route, {first, some, count == 1}};
        send_rows(&batches[i], step, tensors, first, some);
    }
    return true;
}

static void lose_slate(struct batch *batch, struct inferd_step *step)
{
    batch->run->calls++;
    fail_batch(batch, step, INFERD_RESOURCE_EXHAUSTED, "no memory for its inputs");
}

// The result's first row is the slate's, so rows beyond the first batch would be scored for nothing.
static bool send_slates(struct predator_run *run, struct inferd_step *step)
{
    const struct predator *predator = run->predator;
    uint32_t slates = step->rows[INFERD_SLATES];
    struct batch *batches = predator->host->alloc(step, slates * sizeof(*batches));

    if (!batches)
        return false;
    for (uint32_t k = 0; k < slates; k++) {
        uint32_t first = step->slate_offsets[k], rows = step->slate_offsets[k + 1] - first;
        struct predator_view view = {step->slate_targets + first, rows, k};
        struct predator_tensor *tensors;

        if (rows == 0) {
            predator->host->fail_rows(step, INFERD_SLATES, k, 1, INFERD_INVALID_ARGUMENT, "the slate has no targets");
            continue;
        }
        batches[k] = (struct batch){run, predator_pick_route(run->predator), {k, 1, false}};
        tensors = make_tensors(predator, step, view);
        if (tensors)
            send_rows(&batches[k], step, tensors, 0, rows_in_a_call(predator, rows));
        else
            lose_slate(&batches[k], step);
    }
    return true;
}

int predator_run(void *component, struct inferd_step *step)
{
    struct predator *predator = component;
    struct predator_run *run = predator->host->alloc(step, sizeof(*run));
    int64_t begin_us;
    bool sent;

    if (predator->unusable && predator->metrics)
        predator->metrics->add(predator->config_errors, 1);
    if (predator->unusable)
        return predator->host->fail_step(step, INFERD_FAILED_PRECONDITION, "it scores nothing: %s", predator->unusable);
    if (!run)
        return predator->host->fail_step(step, INFERD_RESOURCE_EXHAUSTED, "no memory for a run");
    *run = (struct predator_run){.predator = predator};
    begin_us = observe(predator, NULL, 0);
    sent = predator->options->slate ? send_slates(run, step) : send_targets(run, step);
    run->sent_us = observe(predator, predator->converting, begin_us);
    if (!sent)
        return predator->host->fail_step(step, INFERD_RESOURCE_EXHAUSTED, "no memory for the inputs of model %s",
                                         predator->options->model_name);
    return run->open ? INFERD_PENDING : outcome(run, step);
}
