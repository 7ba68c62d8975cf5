// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A run of one step: started, answered by the test, over when the component completes it.
#include <stdlib.h>
#include <string.h>

#include "base/magic.h"
#include "inner.h"

struct testhost_run *testhost_run(struct testhost *testhost)
{
    struct testhost_run *run = calloc(1, sizeof(*run));

    ALWAYS(run);
    run->testhost = testhost;
    run->call_limit = SIZE_MAX;
    arena_init(&run->arena, 4096, 0);
    run->step.size = sizeof(run->step);
    run->step.token = (uintptr_t)run;
    run->step.deadline_us = INT64_MAX;
    run->defaulted = calloc(testhost->column_count + 1, sizeof(*run->defaulted));
    ALWAYS(run->defaulted);
    testhost_flight_init(run);
    return run;
}

void testhost_limit_memory(struct testhost_run *run, size_t bytes)
{
    run->arena.limit = run->arena.used + bytes;
}

void testhost_check_end(struct testhost_run *run)
{
    size_t open = 0;

    testhost_cache_hide(run->testhost);
    if (run->message)
        testhost_broken("a call's message was neither sent nor dropped");
    for (size_t i = 0; i < run->call_count; i++)
        open += !run->calls[i]->shown.answered;
    if (run->status == INFERD_PENDING && open == 0 && !run->settling)
        testhost_broken("the step is pending, but nothing is under way that could complete it");
    if (run->started && run->status != INFERD_PENDING)
        testhost_flight_leave(run);
    if (run->status != INFERD_PENDING && open)
        testhost_broken("the step is over, but %zu calls are under way", open);
}

int testhost_start(struct testhost_run *run)
{
    struct testhost *testhost = run->testhost;
    int status;

    if (run->started)
        testhost_broken("a run is started once");
    run->started = true;
    run->status = INFERD_PENDING;
    status = testhost->kind->run(testhost->component, &run->step);
    if (!run->completed)
        run->status = status;
    else if (status != INFERD_PENDING)
        testhost_broken("completes a step and returns %d from run", status);
    testhost_check_end(run);
    return run->status;
}

static void answer(struct testhost_run *run, size_t index, int status, const char *detail, struct inferd_bytes reply)
{
    struct testhost_pending *call;

    if (index >= run->call_count || run->calls[index]->shown.answered)
        testhost_broken("the test answers call %zu, which is not under way", index);
    call = run->calls[index];
    call->shown.answered = true;
    call->reply = malloc(reply.len ? reply.len : 1);
    ALWAYS(call->reply);
    if (reply.len)
        memcpy(call->reply, reply.data, reply.len);
    reply.data = call->reply;
    call->done(&run->step, call->user, status, detail, reply);
    testhost_check_end(run);
}

void testhost_reply(struct testhost_run *run, size_t call, struct inferd_bytes reply)
{
    answer(run, call, INFERD_OK, "", reply);
}

void testhost_fail(struct testhost_run *run, size_t call, int status, const char *detail)
{
    answer(run, call, status, detail, (struct inferd_bytes){NULL, 0});
}

void testhost_run_free(struct testhost_run *run)
{
    if (!run)
        return;
    testhost_end_waits(run, INFERD_CANCELLED);
    for (size_t i = 0; i < run->call_count; i++)
        if (!run->calls[i]->shown.answered)
            testhost_fail(run, i, INFERD_CANCELLED, "the run is over");
    for (size_t i = 0; i < run->call_count; i++) {
        free(run->calls[i]->message);
        free(run->calls[i]->reply);
        free(run->calls[i]);
    }
    free(run->calls);
    free(run->row_errors);
    free(run->defaulted);
    arena_free(&run->arena);
    free(run);
}

int testhost_status(const struct testhost_run *run)
{
    return run->status;
}

const char *testhost_message(const struct testhost_run *run)
{
    return run->failure ? run->failure : "";
}

size_t testhost_row_errors(const struct testhost_run *run, const struct testhost_row_error **errors)
{
    *errors = run->row_errors;
    return run->row_error_count;
}

bool testhost_row_failed(const struct testhost_run *run, unsigned space, uint32_t row)
{
    for (size_t i = 0; i < run->row_error_count; i++) {
        const struct testhost_row_error *error = &run->row_errors[i];

        if (error->space == space && row >= error->first && row - error->first < error->count)
            return true;
    }
    return false;
}
