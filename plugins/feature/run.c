// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A run: the rows' entities, what is kept of them, and parallel calls for the rest. A failed call costs its own rows;
// the step fails when all calls did and nothing was kept.
#include <stdio.h>

#include <inferd/utf8.h>
#include "query.h"
#include "run.h"
#include "values.h"

static void count_failure(struct feature *feature, int status)
{
    if (status == INFERD_DEADLINE_EXCEEDED)
        feature_count(feature, feature->timeouts, 1);
    else
        feature_count(feature, status == INFERD_CANCELLED ? feature->cancelled : feature->errors, 1);
}

// All rows of a batch's entities, in as few ranges as they make.
static void fail_batch_rows(const struct feature_batch *batch, struct inferd_step *step, int status, const char *why)
{
    const struct feature_keys *keys = &batch->run->keys;
    const struct inferd_host *host = batch->run->feature->host;
    uint32_t rows = step->rows[INFERD_TARGETS], first = 0;
    bool *failed = host->alloc(step, rows + 1);

    if (!failed)
        return;
    memset(failed, 0, rows + 1);
    for (uint32_t i = 0; i < batch->count; i++)
        for (uint32_t r = keys->entities[batch->entities[i]].first; r != FEATURE_NONE; r = keys->next[r])
            failed[r] = true;
    for (uint32_t r = 0; r <= rows; r++) {
        if (failed[r])
            continue;
        if (r > first)
            host->fail_rows(step, INFERD_TARGETS, first, r - first, status, "%s", why);
        first = r + 1;
    }
}

void feature_fail_entity(const struct feature_run *run, struct inferd_step *step, uint32_t number, int status,
                         const char *why)
{
    const struct feature_entity *entity = &run->keys.entities[number];
    struct inferd_bytes key = feature_key(&run->keys, number, 0);
    uint32_t first = entity->first, last = first;

    for (uint32_t r = run->keys.next[first];; r = run->keys.next[r]) {
        if (r == last + 1 && r != FEATURE_NONE) {
            last = r;
            continue;
        }
        run->feature->host->fail_rows(step, INFERD_TARGETS, first, last - first + 1, status, "%s (key \"%.*s\")", why,
                                      key.len > 64 ? 64 : (int)key.len, (const char *)key.data);
        if (r == FEATURE_NONE)
            return;
        first = last = r;
    }
}

void feature_remember_failure(struct feature_run *run, struct inferd_step *step, int status, const char *why)
{
    size_t size = strlen(why) + 1;

    if (run->failure != INFERD_OK)
        return;
    run->failure = status;
    run->why = run->feature->host->alloc(step, size);
    if (run->why)
        memcpy(run->why, why, size);
}

static void fail_batch(struct feature_batch *batch, struct inferd_step *step, int status, const char *detail)
{
    struct feature_run *run = batch->run;
    struct feature *feature = run->feature;
    const char *separator = *detail ? ": " : "";
    char why[512];

    snprintf(why, sizeof(why), "feature store %s: %s%s%s", feature->address, inferd_status_name(status), separator,
             detail);
    count_failure(feature, status);
    if (status != INFERD_CANCELLED) // a client that is gone is no news of the backend
        feature_log_failure(feature, "%s (%u keys)", why, batch->count);
    run->failed++;
    feature_remember_failure(run, step, status, why);
    fail_batch_rows(batch, step, status, why);
    for (uint32_t i = 0; i < batch->count; i++)
        feature_land(run, step, batch->entities[i], status, why, inferd_bytes_of(""));
}

static int outcome(const struct feature_run *run, struct inferd_step *step)
{
    for (size_t i = 0; i < FEATURE_LOSSES; i++)
        feature_count(run->feature, run->feature->losses[i], run->lost[i]);
    if (run->failure == INFERD_OK || run->failed < run->batches || run->kept)
        return INFERD_OK;
    return run->feature->host->fail_step(step, run->failure, "%s", run->why ? run->why : "all calls failed");
}

static void call_done(struct inferd_step *step, void *user, int status, const char *detail, struct inferd_bytes reply)
{
    struct feature_batch *batch = user;
    struct feature_run *run = batch->run;

    if (status == INFERD_OK && !feature_reply_read(run, step, batch, reply)) {
        status = INFERD_INTERNAL;
        detail = "its reply is malformed";
    }
    if (status != INFERD_OK)
        fail_batch(batch, step, status, detail);
    if (--run->open == 0)
        run->feature->host->complete(step->token, outcome(run, step));
}

static void send_batch(struct feature_batch *batch, struct inferd_step *step)
{
    struct feature_run *run = batch->run;
    const struct feature *feature = run->feature;
    size_t size = feature_query_size(feature, &run->keys, batch->entities, batch->count);
    uint8_t *message = feature->rpc->message(step, size);
    int status = INFERD_RESOURCE_EXHAUSTED;

    if (message) {
        feature_query_write(feature, &run->keys, batch->entities, batch->count, message);
        status = feature->rpc->call(step, feature->method, message, size, call_done, batch);
    }
    if (status == INFERD_OK)
        run->open++;
    else
        fail_batch(batch, step, status, "no memory for a call");
}

static void send_asked(struct feature_run *run, struct inferd_step *step)
{
    const struct feature *feature = run->feature;
    uint32_t most = (uint32_t)feature->settings->batch_size;
    uint32_t count = run->asked_count / most + (run->asked_count % most != 0);
    struct feature_batch all = {run, run->asked, run->asked_count}, *batches;

    if (count == 0)
        return;
    batches = feature->host->alloc(step, count * sizeof(*batches));
    run->batches += batches ? count : 1;
    if (!batches)
        fail_batch(&all, step, INFERD_RESOURCE_EXHAUSTED, "no memory for its calls");
    for (uint32_t i = 0; batches && i < count; i++) {
        uint32_t first = i * most, left = run->asked_count - first;

        batches[i] = (struct feature_batch){run, run->asked + first, left < most ? left : most};
        send_batch(&batches[i], step);
    }
    feature_count(feature, feature->fetched, run->asked_count);
}

// Sends what is asked for, and waits for what others fetch. While it sends, others may give up what it was to wait for.
static int go_on(struct feature_run *run, struct inferd_step *step)
{
    send_asked(run, step);
    while (run->feature->flight && !feature_wait(run, step) && feature_take_over(run, step))
        send_asked(run, step);
    return run->open ? INFERD_PENDING : outcome(run, step);
}

void feature_go_on(struct feature_run *run, struct inferd_step *step)
{
    int status;

    run->open--;
    run->asked_count = 0;
    feature_take_over(run, step);
    status = go_on(run, step);
    if (status != INFERD_PENDING)
        run->feature->host->complete(step->token, status);
}

// Each row's keys, joined, in the composite column.
static bool write_composite(struct feature_run *run, struct inferd_step *step)
{
    const struct feature_keys *keys = &run->keys;
    struct inferd_column *column = step->columns[run->feature->composite];

    for (uint32_t e = 0; e < keys->count; e++) {
        struct inferd_bytes joined = {NULL, keys->key_count - 1};
        uint8_t *at;

        for (uint32_t k = 0; k < keys->key_count; k++)
            joined.len += feature_key(keys, e, k).len;
        joined.data = at = run->feature->host->alloc(step, joined.len);
        if (!at)
            return false;
        for (uint32_t k = 0; k < keys->key_count; k++) {
            struct inferd_bytes part = feature_key(keys, e, k);

            if (k)
                *at++ = '|';
            if (part.len)
                memcpy(at, part.data, part.len);
            at += part.len;
        }
        feature_set_rows(keys, &keys->entities[e], column, joined);
    }
    return true;
}

// A message with a key that is no UTF-8 is refused whole: such an entity is not asked for.
static bool is_sendable(const struct feature_run *run, uint32_t entity)
{
    for (uint32_t k = 0; k < run->keys.key_count; k++)
        if (!inferd_utf8_valid(feature_key(&run->keys, entity, k)))
            return false;
    return true;
}

static void drop_unsendable(struct feature_run *run, struct inferd_step *step)
{
    uint32_t *asked = run->asked, asked_count = run->asked_count, count = 0;

    for (uint32_t i = 0; i < asked_count; i++) {
        if (is_sendable(run, asked[i]))
            asked[count++] = asked[i];
        else
            fail_batch_rows(&(struct feature_batch){run, &asked[i], 1}, step, INFERD_INVALID_ARGUMENT,
                            "a key is no UTF-8 text");
    }
    run->asked_count = count;
}

static bool prepare(struct feature_run *run, struct inferd_step *step)
{
    struct feature *feature = run->feature;

    if (!feature_keys_read(&run->keys, feature, step))
        return false;
    run->asked = feature->host->alloc(step, run->keys.count * sizeof(*run->asked));
    if (!run->asked || (feature->composite != INFERD_NO_COLUMN && !write_composite(run, step)))
        return false;
    if (feature->label_count == 0)
        return true;
    feature_count(feature, feature->values, (uint64_t)run->keys.count * feature->label_count);
    if (feature->cache && !feature_cache_get(run, step))
        return false;
    run->kept = feature->cache && run->asked_count < run->keys.count;
    for (uint32_t e = 0; e < run->keys.count && !feature->cache; e++)
        run->asked[run->asked_count++] = e;
    drop_unsendable(run, step);
    if (feature->flight)
        feature_share(run, step);
    return true;
}

int feature_run(void *component, struct inferd_step *step)
{
    struct feature *feature = component;
    struct feature_run *run = feature->host->alloc(step, sizeof(*run));

    if (feature->unusable)
        feature_count(feature, feature->config_errors, 1);
    if (feature->unusable)
        return feature->host->fail_step(step, INFERD_FAILED_PRECONDITION, "it fetches nothing: %s", feature->unusable);
    if (run)
        *run = (struct feature_run){.feature = feature};
    if (!run || !prepare(run, step))
        return feature->host->fail_step(step, INFERD_RESOURCE_EXHAUSTED, "no memory for the keys of %u rows",
                                        step->rows[INFERD_TARGETS]);
    return go_on(run, step);
}
