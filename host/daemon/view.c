// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What GET /config shows.
#include "daemon/view.h"

#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct view {
    pthread_mutex_t lock;
    json_t *models;  // by id
    json_t *service; // the service config; null: nothing is known of it
    json_t *modules; // files of the module path; null: nobody has looked
    uint64_t number;
    int64_t revision;
    bool from_disk;
    time_t since;
};

struct view *view_new(void)
{
    struct view *view = calloc(1, sizeof(*view));

    if (!view)
        return NULL;
    pthread_mutex_init(&view->lock, NULL);
    view->models = json_object();
    view->modules = json_null();
    view->service = json_null();
    return view;
}

void view_free(struct view *view)
{
    json_decref(view->models);
    json_decref(view->modules);
    json_decref(view->service);
    pthread_mutex_destroy(&view->lock);
    free(view);
}

static void apply_entry(struct view *view, const struct bundle *bundle, const struct bundle_entry *entry)
{
    json_t *old = json_object_get(view->models, entry->model);
    bool serving = entry->text.data || json_is_true(json_object_get(old, "serving"));
    json_int_t generation =
        entry->text.data ? (json_int_t)bundle->number : json_integer_value(json_object_get(old, "generation"));

    if (entry->removed)
        json_object_del(view->models, entry->model);
    else
        json_object_set_new(view->models, entry->model,
                            json_pack("{s:b, s:I, s:b, s:s?}", "serving", serving, "generation", generation, "refused",
                                      entry->reason != NULL, "reason", entry->reason));
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
    view->number = bundle->number;
    view->revision = bundle->revision;
    view->from_disk = bundle->from_disk;
    view->since = (time_t)(bundle->time_us / 1000000);
    pthread_mutex_unlock(&view->lock);
}

char *view_json(struct view *view)
{
    char since[32];
    struct tm utc;
    json_t *json;
    char *text;

    pthread_mutex_lock(&view->lock);
    gmtime_r(&view->since, &utc);
    strftime(since, sizeof(since), "%Y-%m-%dT%H:%M:%SZ", &utc);
    json = json_pack("{s:I, s:I, s:s?, s:b, s:O, s:O, s:O}", "generation", (json_int_t)view->number, "revision",
                     (json_int_t)view->revision, "since", view->number ? since : NULL, "from_disk", view->from_disk,
                     "models", view->models, "modules", view->modules, "service", view->service);
    text = json ? json_dumps(json, JSON_INDENT(2) | JSON_SORT_KEYS) : NULL;
    json_decref(json);
    pthread_mutex_unlock(&view->lock);
    return text;
}
