// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A process's view of the shared memory: its slot, and a map of the metrics it made there, so that the same name and
// tags give the same metric, also those that an earlier process in this place left behind.
#include "metrics/metrics.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/log_limit.h"
#include "base/magic.h"
#include "base/map.h"
#include "metrics/area.h"
#include "metrics/view.h"

#define METRICS_MAGIC 0x6d657472u

struct metrics {
    uint32_t magic;
    struct area area;
    struct area_slot *slot; // this process's
    pthread_mutex_t lock;   // of making metrics
    struct map made;        // by name and tags, as they lie in the record; all of this slot
    struct map names;       // by name in Prometheus: the first of that name
};

static _Atomic uint64_t unattached[METRICS_HOST_COUNT]; // counts until there is a slot
_Atomic uint64_t *metrics_host_values = unattached;

static const struct {
    enum metrics_kind kind;
    const char *name, *help;
} series[] = {
#define METRICS_SERIES(id, kind, statsd, prometheus, tags, help) {METRICS_##kind, statsd, help},
#include "metrics/counters.tbl"
};

static const enum metrics_kind host_kinds[] = {
#define METRICS_HOST(id, kind, statsd, prometheus, tags, help) METRICS_##kind,
#include "metrics/counters.tbl"
};

// The key of a record: its name and tags with the terminator between them, which lie next to each other.
static const char *record_key(const struct inferd_metric *metric, size_t *len)
{
    size_t head = sizeof *metric + (metric->kind == METRICS_TIMING ? HISTOGRAM_BUCKETS * sizeof *metric->buckets : 0);
    const char *name = (const char *)metric + head;
    size_t name_len = strlen(name);

    *len = name_len + 1 + strlen(name + name_len + 1);
    return name;
}

static bool remember(struct metrics *metrics, struct inferd_metric *metric)
{
    size_t len;
    const char *key = record_key(metric, &len), *name;

    if (!map_set(&metrics->made, key, len, metric, NULL))
        return false;
    name = key + len + 1;
    return map_find(&metrics->names, name, strlen(name)) || map_set(&metrics->names, name, strlen(name), metric, NULL);
}

// Gauges said how things were with a process that is gone.
static void zero_gauges(struct area_slot *slot)
{
    struct area_record record;
    size_t at = 0;

    for (unsigned i = 0; i < METRICS_HOST_COUNT; i++)
        if (host_kinds[i] == METRICS_GAUGE)
            atomic_store_explicit(&slot->host[i], 0, memory_order_relaxed);
    while (area_read(slot, &at, &record))
        if (record.kind == METRICS_GAUGE)
            atomic_store_explicit(&((struct inferd_metric *)(uintptr_t)record.metric)->value, 0, memory_order_relaxed);
}

// Takes over what an earlier process in this place made.
static bool inherit(struct metrics *metrics)
{
    struct area_record record;
    size_t at = 0;

    zero_gauges(metrics->slot);
    while (area_read(metrics->slot, &at, &record))
        if (!remember(metrics, (struct inferd_metric *)(uintptr_t)record.metric)) // in our own slot
            return false;
    // What lies behind a garbled record can't be read by anybody: begin again from there.
    atomic_store_explicit(&metrics->slot->used, (uint32_t)at, memory_order_release);
    return true;
}

static struct metrics *take_slot(const struct area *area, unsigned slot, char *error, size_t size)
{
    struct metrics *metrics = calloc(1, sizeof *metrics);

    if (metrics == NULL) {
        snprintf(error, size, "metrics: no memory");
        return NULL;
    }
    metrics->magic = METRICS_MAGIC;
    metrics->area = *area;
    metrics->slot = area_slot(area, slot);
    pthread_mutex_init(&metrics->lock, NULL);
    map_init(&metrics->made);
    map_init(&metrics->names);
    if (inherit(metrics))
        return metrics;
    snprintf(error, size, "metrics: no memory");
    metrics->area.memory = NULL; // the caller's to unmap
    metrics_free(metrics);
    return NULL;
}

struct metrics *metrics_new(unsigned slots, int *fd, char *error, size_t size)
{
    struct metrics *metrics;
    struct area area;

    ALWAYS(slots > 0);
    if (!area_make(&area, slots, fd, error, size))
        return NULL;
    metrics = take_slot(&area, 0, error, size);
    if (metrics == NULL)
        area_unmap(&area);
    return metrics;
}

struct metrics *metrics_attach(int fd, unsigned slot, char *error, size_t size)
{
    struct metrics *metrics = NULL;
    struct area area;

    if (!area_map(&area, fd, error, size))
        return NULL;
    if (slot < area.slots)
        metrics = take_slot(&area, slot, error, size);
    else
        snprintf(error, size, "metrics: slot %u of %u", slot, area.slots);
    if (metrics == NULL)
        area_unmap(&area);
    return metrics;
}

void metrics_vacate(struct metrics *metrics, unsigned slot)
{
    CHECK_MAGIC(metrics, METRICS_MAGIC);
    zero_gauges(area_slot(&metrics->area, slot));
}

void metrics_free(struct metrics *metrics)
{
    if (metrics == NULL)
        return;
    CHECK_MAGIC(metrics, METRICS_MAGIC);
    if (metrics_host_values == metrics->slot->host)
        metrics_use(NULL);
    map_free(&metrics->made);
    map_free(&metrics->names);
    pthread_mutex_destroy(&metrics->lock);
    area_unmap(&metrics->area);
    metrics->magic = 0;
    free(metrics);
}

static void count_left_out(void)
{
    metrics_add(METRICS_LOG_LEFT_OUT, 1);
}

void metrics_use(struct metrics *metrics)
{
    _Atomic uint64_t *to = metrics != NULL ? metrics->slot->host : unattached;
    _Atomic uint64_t *from = metrics_host_values;

    metrics_host_values = to;
    log_limit_count(count_left_out);
    for (unsigned i = 0; i < METRICS_HOST_COUNT && from == unattached && to != unattached; i++)
        atomic_fetch_add_explicit(&to[i], atomic_exchange_explicit(&from[i], 0, memory_order_relaxed),
                                  memory_order_relaxed);
}

// Whether another metric of this slot has the same name in Prometheus but isn't the same sort of thing.
static bool clashes(const struct metrics *metrics, enum metrics_kind kind, const char *name, const char *prometheus)
{
    const struct inferd_metric *first = map_find(&metrics->names, prometheus, strlen(prometheus));
    size_t len;

    return first != NULL && (first->kind != kind || strcmp(record_key(first, &len), name) != 0);
}

// Writes a record behind the others and publishes it. 'texts' are its texts, each with its terminator.
static struct inferd_metric *append(struct metrics *metrics, enum metrics_kind kind, const struct text *texts)
{
    size_t head = sizeof(struct inferd_metric) + (kind == METRICS_TIMING ? HISTOGRAM_BUCKETS * sizeof(uint64_t) : 0);
    size_t size = (head + texts->len + 15) & ~(size_t)15;
    size_t used = atomic_load_explicit(&metrics->slot->used, memory_order_relaxed);
    struct inferd_metric *metric = (void *)(metrics->slot->records + used);

    if (texts->failed || texts->len > AREA_TEXT_MAX || size > area_slot_room() - used)
        return NULL;
    memset(metric, 0, size); // an earlier process may have died while it wrote here
    metric->size = (uint32_t)size;
    metric->kind = (uint16_t)kind;
    metric->texts = (uint16_t)texts->len;
    memcpy((uint8_t *)metric + head, texts->data, texts->len);
    if (!remember(metrics, metric))
        return NULL;
    atomic_store_explicit(&metrics->slot->used, (uint32_t)(used + size), memory_order_release);
    return metric;
}

// Writes name, tags, Prometheus name and help, each terminated. 'key' is the length of the first two.
static void write_texts(struct text *texts, enum metrics_kind kind, const char *name, const char *tags,
                        const char *help, size_t *key)
{
    struct text clean_name = {0}, clean_tags = {0};

    metrics_name_statsd(&clean_name, name);
    metrics_name_tags(&clean_tags, tags);
    text_add(texts, text_string(&clean_name));
    text_append(texts, "", 1);
    text_add(texts, text_string(&clean_tags));
    *key = texts->len;
    text_append(texts, "", 1);
    metrics_name_prometheus(texts, kind, text_string(&clean_name));
    text_append(texts, "", 1);
    text_add(texts, help != NULL ? help : "");
    text_append(texts, "", 1);
    texts->failed |= clean_name.failed || clean_tags.failed;
    text_free(&clean_name);
    text_free(&clean_tags);
}

static struct inferd_metric *make(struct metrics *metrics, enum metrics_kind kind, const char *name, const char *tags,
                                  const char *help)
{
    struct inferd_metric *metric = NULL;
    struct text texts;
    size_t key = 0;

    CHECK_MAGIC(metrics, METRICS_MAGIC);
    text_init(&texts);
    write_texts(&texts, kind, name, tags, help, &key);
    pthread_mutex_lock(&metrics->lock);
    if (!texts.failed)
        metric = map_find(&metrics->made, texts.data, key);
    if (metric != NULL && metric->kind != kind)
        metric = NULL;
    else if (metric == NULL && !texts.failed && !clashes(metrics, kind, texts.data, texts.data + key + 1))
        metric = append(metrics, kind, &texts);
    if (metric == NULL)
        atomic_fetch_add_explicit(&metrics->slot->host[METRICS_METRICS_REFUSED], 1, memory_order_relaxed);
    pthread_mutex_unlock(&metrics->lock);
    text_free(&texts);
    return metric;
}

struct inferd_metric *metrics_counter(struct metrics *metrics, const char *name, const char *tags, const char *help)
{
    return make(metrics, METRICS_COUNTER, name, tags, help);
}

struct inferd_metric *metrics_gauge(struct metrics *metrics, const char *name, const char *tags, const char *help)
{
    return make(metrics, METRICS_GAUGE, name, tags, help);
}

struct inferd_metric *metrics_timing(struct metrics *metrics, const char *name, const char *tags, const char *help)
{
    return make(metrics, METRICS_TIMING, name, tags, help);
}

struct inferd_metric *metrics_series(struct metrics *metrics, enum metrics_series which, const char *tags)
{
    return make(metrics, series[which].kind, series[which].name, tags, series[which].help);
}

bool metrics_view_make(struct metrics_view *view, const struct metrics *metrics)
{
    CHECK_MAGIC(metrics, METRICS_MAGIC);
    return metrics_view_of(view, &metrics->area);
}
