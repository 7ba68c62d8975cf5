// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Walks all slots and adds up what has the same name and tags. Values are read while others write them: each is right
// by itself, and never goes down.
#include "metrics/view.h"

#include <stdlib.h>
#include <string.h>

#define ARENA_BLOCK (256u << 10)

static const struct {
    enum metrics_kind kind;
    const char *name, *prometheus, *tags, *help;
} hosts[] = {
#define METRICS_HOST(id, kind, statsd, prometheus, tags, help) {METRICS_##kind, statsd, prometheus, tags, help},
#include "metrics/counters.tbl"
};

// What samples are found by: kind does not matter, for a name has one kind only.
static char *make_key(struct arena *arena, const char *name, const char *tags, size_t *len)
{
    size_t name_len = strlen(name), tags_len = strlen(tags);
    char *key = arena_alloc(arena, name_len + tags_len + 2);

    *len = name_len + 1 + tags_len;
    if (key == NULL)
        return NULL;
    memcpy(key, name, name_len + 1);
    memcpy(key + name_len + 1, tags, tags_len + 1);
    return key;
}

static struct metrics_sample *new_sample(struct metrics_view *view, const struct area_record *record, char *key,
                                         size_t key_len)
{
    struct metrics_sample *sample = arena_zalloc(&view->arena, sizeof *sample);

    if (sample == NULL)
        return NULL;
    sample->kind = record->kind;
    sample->name = key;
    sample->tags = key + strlen(key) + 1;
    sample->prometheus = arena_strndup(&view->arena, record->prometheus, strlen(record->prometheus));
    sample->help = arena_strndup(&view->arena, record->help, strlen(record->help));
    if (record->kind == METRICS_TIMING)
        sample->buckets = arena_zalloc(&view->arena, HISTOGRAM_BUCKETS * sizeof *sample->buckets);
    if (sample->prometheus == NULL || sample->help == NULL ||
        (record->kind == METRICS_TIMING && sample->buckets == NULL) ||
        !map_set(&view->index, key, key_len, sample, NULL))
        return NULL;
    return sample;
}

// The sample a record adds to; NULL: no memory.
static struct metrics_sample *sample_of(struct metrics_view *view, const struct area_record *record)
{
    char key[2 * AREA_TEXT_MAX], *copy;
    size_t name_len = strlen(record->name), tags_len = strlen(record->tags), len = name_len + 1 + tags_len;
    struct metrics_sample *sample;

    memcpy(key, record->name, name_len + 1);
    memcpy(key + name_len + 1, record->tags, tags_len + 1);
    sample = map_find(&view->index, key, len);
    if (sample != NULL)
        return sample;
    copy = make_key(&view->arena, record->name, record->tags, &len);
    return copy != NULL ? new_sample(view, record, copy, len) : NULL;
}

static bool add_record(struct metrics_view *view, const struct area_record *record)
{
    struct metrics_sample *sample = sample_of(view, record);
    const struct inferd_metric *metric = record->metric;

    if (sample == NULL)
        return false;
    if (sample->kind != record->kind) // only in a garbled slot
        return true;
    sample->value += atomic_load_explicit(&metric->value, memory_order_relaxed);
    for (unsigned i = 0; sample->buckets != NULL && i < HISTOGRAM_BUCKETS; i++)
        sample->buckets[i] += atomic_load_explicit(&metric->buckets[i], memory_order_relaxed);
    return true;
}

static bool add_slot(struct metrics_view *view, const struct area_slot *slot)
{
    struct area_record record;
    size_t at = 0;

    while (area_read(slot, &at, &record))
        if (!add_record(view, &record))
            return false;
    return true;
}

// The host's own values, summed over the slots.
static bool add_hosts(struct metrics_view *view, const struct area *area)
{
    for (unsigned i = 0; i < METRICS_HOST_COUNT; i++) {
        struct area_record record = {
            .kind = hosts[i].kind,
            .name = hosts[i].name,
            .tags = hosts[i].tags != NULL ? hosts[i].tags : "",
            .prometheus = hosts[i].prometheus,
            .help = hosts[i].help,
        };
        struct metrics_sample *sample = sample_of(view, &record);

        if (sample == NULL)
            return false;
        for (unsigned k = 0; k < area->slots; k++)
            sample->value += atomic_load_explicit(&area_slot(area, k)->host[i], memory_order_relaxed);
    }
    return true;
}

static int by_name(const void *a, const void *b)
{
    const struct metrics_sample *x = *(const struct metrics_sample *const *)a;
    const struct metrics_sample *y = *(const struct metrics_sample *const *)b;
    int order = strcmp(x->prometheus, y->prometheus);

    return order != 0 ? order : strcmp(x->tags, y->tags);
}

static bool list(struct metrics_view *view)
{
    const struct map_slot *slot;
    size_t at = 0;

    view->samples = arena_alloc(&view->arena, view->index.count * sizeof *view->samples);
    if (view->samples == NULL)
        return false;
    while ((slot = map_next(&view->index, &at)) != NULL)
        view->samples[view->count++] = slot->value;
    qsort(view->samples, view->count, sizeof *view->samples, by_name);
    return true;
}

bool metrics_view_of(struct metrics_view *view, const struct area *area)
{
    *view = (struct metrics_view){0};
    arena_init(&view->arena, ARENA_BLOCK, 0);
    map_init(&view->index);
    if (!add_hosts(view, area))
        return false;
    for (unsigned i = 0; i < area->slots; i++)
        if (!add_slot(view, area_slot(area, i)))
            return false;
    return list(view);
}

void metrics_view_free(struct metrics_view *view)
{
    map_free(&view->index);
    if (view->arena.magic != 0) // not of a view that was never made
        arena_free(&view->arena);
    *view = (struct metrics_view){0};
}

const struct metrics_sample *metrics_view_find(const struct metrics_view *view, const char *name, const char *tags)
{
    for (size_t i = 0; i < view->count; i++)
        if (strcmp(view->samples[i]->name, name) == 0 && strcmp(view->samples[i]->tags, tags) == 0)
            return view->samples[i];
    return NULL;
}
