// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What GET /config shows.
#include "daemon/view.h"

#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "daemon/quarantine.h"
#include "daemon/time_text.h"
#include "daemon/view_board.h"

struct view {
    pthread_mutex_t lock; // all below
    struct board *board;
    json_t *models;  // by id
    json_t *service; // the service config; null: nothing is known of it
    json_t *modules; // files of the module path; null: nobody has looked
    json_t *quarantined;
    uint64_t number;
    int64_t revision;
    bool from_disk;
    int64_t time_us;
};

struct view *view_new(struct board *board)
{
    struct view *view = calloc(1, sizeof(*view));

    if (!view)
        return NULL;
    pthread_mutex_init(&view->lock, NULL);
    view->board = board;
    view->models = json_object();
    view->modules = json_null();
    view->service = json_null();
    view->quarantined = json_array();
    return view;
}

void view_free(struct view *view)
{
    json_decref(view->models);
    json_decref(view->modules);
    json_decref(view->service);
    json_decref(view->quarantined);
    pthread_mutex_destroy(&view->lock);
    free(view);
}

static void apply_entry(struct view *view, const struct bundle *bundle, const struct bundle_entry *entry)
{
    char *id = strdup(entry->model), *reason = entry->reason ? strdup(entry->reason) : NULL;
    json_t *old;
    bool serving;
    json_int_t generation;

    if (id)
        text_mend(id); // JSON takes UTF-8 only
    if (reason)
        text_mend(reason);
    old = json_object_get(view->models, id);
    serving = entry->text.data || json_is_true(json_object_get(old, "serving"));
    generation = json_integer_value(json_object_get(old, "generation"));
    if (entry->text.data)
        generation = (json_int_t)(entry->generation ? entry->generation : bundle->number);
    if (entry->removed)
        json_object_del(view->models, id);
    else
        json_object_set_new(view->models, id,
                            json_pack("{s:b, s:I, s:b, s:s?}", "serving", serving, "generation", generation, "refused",
                                      entry->reason != NULL, "reason", reason));
    free(reason);
    free(id);
}

static json_t *list_modules(const struct bundle *bundle)
{
    json_t *list = bundle->judged ? json_array() : json_null();

    for (size_t i = 0; i < bundle->module_count; i++) {
        const struct bundle_module *module = &bundle->modules[i];

        json_array_append_new(list,
                              json_pack("{s:s, s:s*, s:s*, s:b, s:b, s:s*}", "path", module->path, "name", module->name,
                                        "version", module->version, "refused", module->reason != NULL, "kept_out",
                                        module->fatal, "reason", module->reason));
    }
    return list;
}

// Where model and node are missing, it is all of the module.
static json_t *list_quarantined(const struct bundle *bundle)
{
    json_t *list = json_array();

    for (size_t i = 0; i < bundle->quarantine_count; i++) {
        const struct bundle_quarantine *item = &bundle->quarantine[i];
        time_t since = (time_t)(item->since_us / 1000000);
        char text[32];
        struct tm utc;

        gmtime_r(&since, &utc);
        strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc);
        json_array_append_new(list,
                              json_pack("{s:s*, s:s*, s:s, s:I, s:s, s:s, s:s, s:b, s:s}", "model", item->model, "node",
                                        item->node, "module", item->module, "crashes", (json_int_t)item->crashes, "how",
                                        item->how, item->after ? "after" : "in", item->call, "since", text, "serving",
                                        quarantine_serves(item), "until", quarantine_end(item)));
    }
    return list;
}

static json_t *show_service(const struct bundle *bundle)
{
    json_t *service = bundle->service ? json_loads(bundle->service, 0, NULL) : NULL;

    if (!service)
        return json_null();
    json_object_set_new(service, "refused", json_boolean(bundle->service_refused));
    if (bundle->service_refused)
        json_object_set_new(service, "reason", json_string(bundle->service_refused));
    return service;
}

void view_apply(struct view *view, const struct bundle *bundle)
{
    pthread_mutex_lock(&view->lock);
    if (bundle->whole)
        json_object_clear(view->models);
    for (size_t i = 0; i < bundle->count; i++)
        apply_entry(view, bundle, &bundle->entries[i]);
    json_decref(view->modules);
    view->modules = list_modules(bundle);
    json_decref(view->service);
    view->service = show_service(bundle);
    json_decref(view->quarantined);
    view->quarantined = list_quarantined(bundle);
    view->number = bundle->number;
    view->revision = bundle->revision;
    view->from_disk = bundle->from_disk;
    view->time_us = bundle->time_us;
    pthread_mutex_unlock(&view->lock);
}

// What the current generation meant for a model.
static const char *outcome_of(const struct view *view, const json_t *model)
{
    if (json_is_true(json_object_get(model, "refused")))
        return "refused";
    return json_integer_value(json_object_get(model, "generation")) == (json_int_t)view->number ? "compiled"
                                                                                                : "unchanged";
}

// Sets each model's outcome, and counts them.
static json_t *count_models(struct view *view)
{
    json_int_t serving = 0, refused = 0, compiled = 0, unchanged = 0;
    const char *id, *outcome;
    json_t *model;

    json_object_foreach(view->models, id, model)
    {
        outcome = outcome_of(view, model);
        json_object_set_new(model, "outcome", json_string(outcome));
        serving += json_is_true(json_object_get(model, "serving"));
        refused += *outcome == 'r';
        compiled += *outcome == 'c';
        unchanged += *outcome == 'u';
    }
    return json_pack("{s:I, s:I, s:I, s:I}", "serving", serving, "refused", refused, "compiled", compiled, "unchanged",
                     unchanged);
}

char *view_json(struct view *view)
{
    char since[TIME_TEXT_SIZE];
    json_t *json;
    char *text;

    pthread_mutex_lock(&view->lock);
    json =
        json_pack("{s:I, s:I, s:s?, s:b, s:o, s:O, s:O, s:O, s:O}", "generation", (json_int_t)view->number, "revision",
                  (json_int_t)view->revision, "since", view->number ? time_text(view->time_us, since) : NULL,
                  "from_disk", view->from_disk, "counts", count_models(view), "models", view->models, "modules",
                  view->modules, "service", view->service, "quarantined", view->quarantined);
    if (json && view->board)
        view_add_board(json, view->board);
    text = json ? json_dumps(json, JSON_INDENT(2) | JSON_SORT_KEYS) : NULL;
    json_decref(json);
    pthread_mutex_unlock(&view->lock);
    return text;
}
