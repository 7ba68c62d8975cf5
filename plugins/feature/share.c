// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Entities that another run fetches at this moment are not asked for again, where the cache is on. What the other run
// gives up, because its client went away or its time was up, this one fetches itself, once the rest of what it waits
// for is there.
#include <stdio.h>

#include <inferd/status.h>
#include "run.h"

// Failures of one entity, whose call went well.
static bool is_of_row(int status)
{
    return status == INFERD_NOT_FOUND || status == INFERD_DATA_LOSS;
}

static bool put_aside(struct feature_run *run, struct inferd_step *step, uint32_t entity)
{
    if (!run->again)
        run->again = run->feature->host->alloc(step, run->keys.count * sizeof(*run->again));
    if (!run->again)
        return false;
    run->again[run->again_count++] = entity;
    return true;
}

// 'why' is the other run's, which says where; but the end of this one's own time is nobody else's.
static void fail(struct feature_run *run, struct inferd_step *step, uint32_t entity, int status, const char *why)
{
    char own[400];

    if (status == INFERD_DEADLINE_EXCEEDED || status == INFERD_CANCELLED) {
        snprintf(own, sizeof(own), "feature store %s: %s: %s", run->feature->address, inferd_status_name(status), why);
        why = own;
    }
    feature_fail_entity(run, step, entity, status, why);
    if (is_of_row(status))
        run->kept = true;
    else
        feature_remember_failure(run, step, status, why);
}

static void landed(struct inferd_step *step, void *user, int status, const char *detail, struct inferd_bytes value)
{
    struct feature_run *run = step->memory;
    uint32_t entity = (uint32_t)(uintptr_t)user;

    if (status == INFERD_ABORTED && put_aside(run, step, entity))
        return;
    if (status == INFERD_OK && feature_cache_take(run, step, entity, value))
        run->kept = true;
    else
        fail(run, step, entity, status == INFERD_OK ? INFERD_RESOURCE_EXHAUSTED : status,
             status == INFERD_OK ? "no memory for its values" : detail);
}

static void settled(struct inferd_step *step, void *user)
{
    feature_go_on(user, step);
}

void feature_share(struct feature_run *run, struct inferd_step *step)
{
    const struct inferd_flight *flight = run->feature->flight;
    uint32_t count = 0;

    step->memory = run;
    for (uint32_t i = 0; i < run->asked_count; i++) {
        uint32_t entity = run->asked[i];
        int status = flight->join(step, run->cache_keys[entity], landed, (void *)(uintptr_t)entity);

        run->keys.entities[entity].leads = status == INFERD_OK;
        if (status != INFERD_PENDING)
            run->asked[count++] = entity;
    }
    run->asked_count = count;
}

bool feature_take_over(struct feature_run *run, struct inferd_step *step)
{
    if (run->again_count == 0)
        return false;
    run->asked = run->again; // batches under way point to the old one
    run->asked_count = run->again_count;
    run->again = NULL;
    run->again_count = 0;
    feature_share(run, step);
    return true;
}

bool feature_wait(struct feature_run *run, struct inferd_step *step)
{
    const struct feature *feature = run->feature;

    if (feature->flight->wait(step, feature->settings->deadline_ms * 1000, settled, run) != INFERD_PENDING)
        return false;
    run->open++;
    return true;
}

void feature_land(struct feature_run *run, struct inferd_step *step, uint32_t entity, int status, const char *detail,
                  struct inferd_bytes value)
{
    if (!run->keys.entities[entity].leads)
        return;
    run->keys.entities[entity].leads = false;
    run->feature->flight->land(step, run->cache_keys[entity], status, detail, value);
}
