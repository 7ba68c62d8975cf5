// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The models that are served, and the end of plans that no longer are.
#include "run/models.h"

#include <stdlib.h>
#include <string.h>

#include "base/magic.h"
#include "plan/plan.h"

void run_models_init(struct run_models *models, void (*retire)(void *user, struct plan *plan), void *user)
{
    memset(models, 0, sizeof(*models));
    map_init(&models->by_id);
    models->retire = retire;
    models->user = user;
}

static void tell_held(struct run_models *models, const struct plan *plan, int plans, int runs)
{
    if (models->held)
        models->held(models->user, plan, plans, runs);
}

static void left(void *user, struct plan *plan)
{
    struct run_models *models = user;

    tell_held(models, plan, plan->users == 0 ? -1 : 0, -1);
    if (plan->users == 0)
        models->retire(models->user, plan);
}

// A plan that isn't served any more ends at once, or with its last run.
static void retire(struct run_models *models, struct plan *plan)
{
    if (!plan)
        return;
    if (plan->users == 0) {
        models->retire(models->user, plan);
        return;
    }
    plan->left = left;
    plan->left_user = models;
    tell_held(models, plan, 1, (int)plan->users);
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
    struct map named;
    size_t at = 0, n = 0;

    ALWAYS(gone);
    map_init(&named);
    for (size_t i = 0; i < count; i++)
        ALWAYS(map_set(&named, changes[i].id, strlen(changes[i].id), (void *)&changes[i], NULL));
    while ((slot = map_next(&models->by_id, &at)))
        if (!map_find(&named, slot->key, slot->key_len))
            gone[n++] = slot->value;
    for (size_t i = 0; i < n; i++) {
        map_remove(&models->by_id, gone[i]->id, strlen(gone[i]->id));
        free_model(models, gone[i]);
    }
    map_free(&named);
    free(gone);
}

void run_models_apply(struct run_models *models, const struct run_model_change *changes, size_t count, bool whole)
{
    if (whole)
        remove_unnamed(models, changes, count);
    for (size_t i = 0; i < count; i++)
        apply_one(models, &changes[i]);
}

void run_models_clear(struct run_models *models)
{
    run_models_apply(models, NULL, 0, true);
    map_free(&models->by_id);
}
