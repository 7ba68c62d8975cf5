// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The models that are served, and the plans that wait for their last run.
#include "run/models.h"

#include <stdlib.h>
#include <string.h>

#include "base/magic.h"
#include "plan/plan.h"

struct run_retired {
    struct run_retired *next;
    struct plan *plan;
};

void run_models_init(struct run_models *models, struct loop *loop, void (*retire)(void *user, struct plan *plan), void *user)
{
    memset(models, 0, sizeof(*models));
    map_init(&models->by_id);
    models->loop = loop;
    models->retire = retire;
    models->user = user;
}

void run_models_sweep(struct run_models *models)
{
    struct run_retired **at = &models->retired;

    while (*at) {
        struct run_retired *retired = *at;

        if (retired->plan->users) {
            at = &retired->next;
            continue;
        }
        *at = retired->next;
        models->retire(models->user, retired->plan);
        free(retired);
    }
}

static void retire(struct run_models *models, struct plan *plan)
{
    struct run_retired *retired;

    if (!plan)
        return;
    retired = malloc(sizeof(*retired));
    ALWAYS(retired);
    retired->plan = plan;
    retired->next = models->retired;
    models->retired = retired;
}

static void free_model(struct run_models *models, struct run_model *model)
{
    retire(models, model->plan);
    free(model->reason);
    free(model->id);
    free(model);
}

const struct run_model *run_models_find(const struct run_models *models, struct inferd_bytes id)
{
    return map_find(&models->by_id, id.data, id.len);
}

static struct run_model *find_or_make(struct run_models *models, const char *id)
{
    struct run_model *model = map_find(&models->by_id, id, strlen(id));

    if (model)
        return model;
    model = calloc(1, sizeof(*model));
    ALWAYS(model);
    model->id = strdup(id);
    ALWAYS(model->id && map_set(&models->by_id, model->id, strlen(id), model, NULL));
    return model;
}

static void apply_one(struct run_models *models, const struct run_model_change *change)
{
    struct run_model *model;

    if (change->removed) {
        model = map_remove(&models->by_id, change->id, strlen(change->id));
        if (model)
            free_model(models, model);
        return;
    }
    model = find_or_make(models, change->id);
    if (change->plan) {
        retire(models, model->plan);
        model->plan = change->plan;
    }
    free(model->reason);
    model->reason = change->reason ? strdup(change->reason) : NULL;
    model->refused = change->reason != NULL;
    model->bad_graph = change->bad_graph;
}

static void remove_unnamed(struct run_models *models, const struct run_model_change *changes, size_t count)
{
    const struct map_slot *slot;
    struct run_model **gone = malloc((models->by_id.count + 1) * sizeof(*gone));
    size_t at = 0, n = 0;

    ALWAYS(gone);
    while ((slot = map_next(&models->by_id, &at))) {
        struct run_model *model = slot->value;
        bool named = false;

        for (size_t i = 0; i < count && !named; i++)
            named = strcmp(changes[i].id, model->id) == 0;
        if (!named)
            gone[n++] = model;
    }
    for (size_t i = 0; i < n; i++) {
        map_remove(&models->by_id, gone[i]->id, strlen(gone[i]->id));
        free_model(models, gone[i]);
    }
    free(gone);
}

void run_models_apply(struct run_models *models, const struct run_model_change *changes, size_t count, bool whole)
{
    if (whole)
        remove_unnamed(models, changes, count);
    for (size_t i = 0; i < count; i++)
        apply_one(models, &changes[i]);
    run_models_sweep(models);
}

void run_models_clear(struct run_models *models)
{
    run_models_apply(models, NULL, 0, true);
    map_free(&models->by_id);
}
