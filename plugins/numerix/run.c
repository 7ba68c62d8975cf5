// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A run: rows in parallel calls, or one call for each slate. A failed call costs its own rows; the step fails when all
// calls did.
#include <stdio.h>

#include "reply.h"
#include "request.h"

struct numerix_run {
    struct numerix *numerix;
    uint32_t calls, open, failed;
    int failure; // status of the first failed call
    char *why;   // and what is said about it
};

// Rows of the scores that one call makes.
struct batch {
    struct numerix_run *run;
    uint32_t first, count;
};

static void fail_batch(const struct batch *batch, struct inferd_step *step, int status, const char *detail,
                       struct inferd_bytes text)
{
    struct numerix_run *run = batch->run;
    struct numerix *numerix = run->numerix;
    const char *separator = *detail ? ": " : "", *colon = text.len ? ": " : "";
    int len = text.len > 200 ? 200 : (int)text.len; // a server may repeat the whole request
    char why[512];

    snprintf(why, sizeof(why), "expression %s on %s: %s%s%s%s%.*s", numerix->options->compute_id, numerix->address,
             inferd_status_name(status), separator, detail, colon, len, (const char *)text.data);
    if (numerix->metrics)
        numerix->metrics->add(numerix->errors, 1);
    if (status != INFERD_CANCELLED) // a client that is gone is no news of the backend
        numerix_log_failure(numerix, "%s (%u %s from %u on)", why, batch->count,
                            numerix->space == INFERD_SLATES ? "slates" : "rows", batch->first);
    if (run->failed++ == 0) {
        run->failure = status;
        run->why = numerix->host->alloc(step, sizeof(why));
        if (run->why)
            memcpy(run->why, why, sizeof(why));
    }
    numerix->host->fail_rows(step, numerix->space, batch->first, batch->count, status, "%s", why);
}

static int outcome(const struct numerix_run *run, struct inferd_step *step)
{
    if (run->calls == 0 || run->failed < run->calls)
        return INFERD_OK;
    return run->numerix->host->fail_step(step, run->failure, "%s", run->why ? run->why : "all calls failed");
}

static void call_done(struct inferd_step *step, void *user, int status, const char *detail, struct inferd_bytes reply)
{
    const struct batch *batch = user;
    struct numerix_run *run = batch->run;
    struct inferd_bytes text = {NULL, 0};

    if (status == INFERD_OK) {
        detail = numerix_reply_read(run->numerix, step, reply, batch->first, batch->count, &text);
        status = detail ? INFERD_INTERNAL : INFERD_OK;
    }
    if (status != INFERD_OK)
        fail_batch(batch, step, status, detail, text);
    if (--run->open == 0)
        run->numerix->host->complete(step->token, outcome(run, step));
}

static void send_rows(struct batch *batch, struct inferd_step *step, const struct numerix_rows *rows, uint32_t first,
                      uint32_t count)
{
    struct numerix_run *run = batch->run;
    const struct numerix *numerix = run->numerix;
    size_t size = numerix_request_size(numerix, rows, first, count);
    uint8_t *message = numerix->rpc->message(step, size);
    int status = INFERD_RESOURCE_EXHAUSTED;

    if (message) {
        numerix_request_write(numerix, rows, first, count, message);
        status = numerix->rpc->call(step, numerix->method, message, size, call_done, batch);
    }
    run->calls++;
    if (status == INFERD_OK)
        run->open++;
    else
        fail_batch(batch, step, status, "no memory for a call", (struct inferd_bytes){NULL, 0});
}

static uint32_t rows_in_a_call(const struct numerix *numerix, uint32_t rows)
{
    int64_t most = numerix->settings->batch_size;

    return most < rows ? (uint32_t)most : rows;
}

static bool send_targets(struct numerix_run *run, struct inferd_step *step)
{
    const struct numerix *numerix = run->numerix;
    uint32_t count = step->rows[INFERD_TARGETS], most = rows_in_a_call(numerix, count), calls;
    struct numerix_rows rows;
    struct batch *batches;

    if (count == 0)
        return true;
    calls = count / most + (count % most != 0);
    batches = numerix->host->alloc(step, calls * sizeof(*batches));
    if (!batches || !numerix_rows_make(&rows, numerix, step, (struct numerix_view){.count = count}))
        return false;
    for (uint32_t i = 0; i < calls; i++) {
        uint32_t first = i * most, some = count - first < most ? count - first : most;

        batches[i] = (struct batch){run, first, some};
        send_rows(&batches[i], step, &rows, first, some);
    }
    return true;
}

// All of a slate's targets go out, for an expression may look at all rows; the first one's score is the slate's.
static bool send_slates(struct numerix_run *run, struct inferd_step *step)
{
    const struct numerix *numerix = run->numerix;
    uint32_t slates = step->rows[INFERD_SLATES];
    struct batch *batches = numerix->host->alloc(step, slates * sizeof(*batches));

    if (!batches)
        return false;
    for (uint32_t k = 0; k < slates; k++) {
        uint32_t first = step->slate_offsets[k], count = step->slate_offsets[k + 1] - first;
        struct numerix_rows rows;

        if (count == 0) {
            numerix->host->fail_rows(step, INFERD_SLATES, k, 1, INFERD_INVALID_ARGUMENT, "the slate has no targets");
            continue;
        }
        batches[k] = (struct batch){run, k, 1};
        if (numerix_rows_make(&rows, numerix, step,
                              (struct numerix_view){step->slate_targets + first, count, k, NULL})) {
            send_rows(&batches[k], step, &rows, 0, rows_in_a_call(numerix, count));
        } else {
            run->calls++;
            fail_batch(&batches[k], step, INFERD_RESOURCE_EXHAUSTED, "no memory for its rows",
                       (struct inferd_bytes){NULL, 0});
        }
    }
    return true;
}

int numerix_run(void *component, struct inferd_step *step)
{
    struct numerix *numerix = component;
    struct numerix_run *run;
    bool sent;

    if (numerix->unusable && numerix->metrics)
        numerix->metrics->add(numerix->config_errors, 1);
    if (numerix->unusable)
        return numerix->host->fail_step(step, INFERD_FAILED_PRECONDITION, "it computes nothing: %s", numerix->unusable);
    if (numerix->local)
        return numerix_run_local(numerix, step);
    run = numerix->host->alloc(step, sizeof(*run));
    if (!run)
        return numerix->host->fail_step(step, INFERD_RESOURCE_EXHAUSTED, "no memory for a run");
    *run = (struct numerix_run){.numerix = numerix};
    sent = numerix->options->slate ? send_slates(run, step) : send_targets(run, step);
    if (!sent)
        return numerix->host->fail_step(step, INFERD_RESOURCE_EXHAUSTED, "no memory for the rows of expression %s",
                                        numerix->options->compute_id);
    return run->open ? INFERD_PENDING : outcome(run, step);
}
