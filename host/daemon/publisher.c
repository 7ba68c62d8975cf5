// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Takes what a source tells, has it checked, and publishes generations.
#include "daemon/publisher.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/magic.h"
#include "base/map.h"
#include "daemon/bundle.h"
#include "daemon/check.h"
#include "metrics/metrics.h"

// How long the source may say nothing at the start.
#define FIRST_WAIT_S 2

// One model as the source and the workers know it.
struct known {
    char *id;
    char *wanted; // the source's latest text; NULL: removed
    size_t wanted_len;
    char *served; // the last good text; NULL: none
    size_t served_len;
    char *reason; // why 'wanted' was refused
    bool bad_graph;
    bool changed; // since it was last published
};

struct publisher {
    pthread_mutex_t lock; // all below
    pthread_cond_t more;
    pthread_t thread;
    struct publisher_options options;
    struct map models;          // id -> struct known
    uint64_t number, published; // the last generation collected, and published
    int64_t revision;
    bool sent;    // something was published, if only generation 0
    bool pending; // the source has spoken since
    bool stopping;
};

static char *copy(const void *data, size_t len)
{
    char *text = malloc(len + 1);

    ALWAYS(text);
    memcpy(text, data, len);
    text[len] = '\0';
    return text;
}

static struct known *known_of(struct publisher *publisher, const char *id)
{
    struct known *known = map_find(&publisher->models, id, strlen(id));

    if (known)
        return known;
    known = calloc(1, sizeof(*known));
    ALWAYS(known);
    known->id = copy(id, strlen(id));
    ALWAYS(map_set(&publisher->models, known->id, strlen(id), known, NULL));
    return known;
}

static void want(struct known *known, const char *value, size_t len)
{
    if (value ? known->wanted && known->wanted_len == len && memcmp(known->wanted, value, len) == 0 : !known->wanted)
        return;
    free(known->wanted);
    known->wanted = value ? copy(value, len) : NULL;
    known->wanted_len = len;
    known->changed = true;
}

static bool is_named(const struct source_revision *revision, const char *id)
{
    for (size_t i = 0; i < revision->count; i++)
        if (revision->changes[i].model && strcmp(revision->changes[i].model, id) == 0)
            return true;
    return false;
}

// What was refused may be fine by now: its module may have come. Where nothing is checked, nothing is known. [locked]
static void retry_refused(struct publisher *publisher)
{
    const struct map_slot *slot;
    size_t at = 0;

    while ((slot = map_next(&publisher->models, &at))) {
        struct known *known = slot->value;

        known->changed |= known->reason || !publisher->options.argv;
    }
}

void publisher_take(void *user, const struct source_revision *revision)
{
    struct publisher *publisher = user;
    const struct map_slot *slot;
    size_t at = 0;

    pthread_mutex_lock(&publisher->lock);
    while (revision->whole && (slot = map_next(&publisher->models, &at)))
        if (!is_named(revision, ((struct known *)slot->value)->id))
            want(slot->value, NULL, 0);
    for (size_t i = 0; i < revision->count; i++)
        if (revision->changes[i].model)
            want(known_of(publisher, revision->changes[i].model), revision->changes[i].value,
                 revision->changes[i].value_len);
    if (revision->whole)
        retry_refused(publisher);
    publisher->revision = revision->revision;
    publisher->pending = true;
    pthread_cond_signal(&publisher->more);
    pthread_mutex_unlock(&publisher->lock);
}

// What has changed, as a bundle of copies. [locked]
static void collect(struct publisher *publisher, struct bundle *bundle, struct arena *arena)
{
    const struct map_slot *slot;
    size_t at = 0;

    memset(bundle, 0, sizeof(*bundle));
    bundle->number = ++publisher->number;
    bundle->revision = publisher->revision;
    bundle->entries = arena_zalloc(arena, (publisher->models.count + 1) * sizeof(*bundle->entries));
    ALWAYS(bundle->entries);
    while ((slot = map_next(&publisher->models, &at))) {
        struct known *known = slot->value;
        struct bundle_entry *entry = &bundle->entries[bundle->count];

        if (!known->changed)
            continue;
        known->changed = false;
        bundle->count++;
        entry->model = arena_strndup(arena, known->id, strlen(known->id));
        entry->removed = !known->wanted;
        if (known->wanted)
            entry->text = (struct inferd_bytes){arena_copy(arena, known->wanted, known->wanted_len), known->wanted_len};
        ALWAYS(entry->model && (entry->removed || entry->text.data));
    }
}

// The refusals of one model.
static void count_refusal(struct metrics *metrics, const char *model)
{
    struct text tags;

    if (!metrics)
        return;
    text_init(&tags);
    metrics_tag(&tags, "model-id", model);
    metrics_metric_add(metrics_series(metrics, METRICS_CONFIG_REFUSALS, text_string(&tags)), 1);
    text_free(&tags);
}

// How many models are served, and how many refused. [locked]
static void count_models(struct publisher *publisher)
{
    int64_t served = 0, refused = 0;
    const struct map_slot *slot;
    size_t at = 0;

    while ((slot = map_next(&publisher->models, &at))) {
        served += ((struct known *)slot->value)->served != NULL;
        refused += ((struct known *)slot->value)->reason != NULL;
    }
    metrics_set(METRICS_CONFIG_MODELS, served);
    metrics_set(METRICS_CONFIG_MODELS_REFUSED, refused);
    metrics_add(METRICS_CONFIG_GENERATIONS, 1);
}

static void log_outcome(const struct publisher *publisher, const struct bundle *bundle)
{
    size_t refused = 0;

    for (size_t i = 0; i < bundle->count; i++) {
        const struct bundle_entry *entry = &bundle->entries[i];

        if (!entry->reason)
            continue;
        refused++;
        count_refusal(publisher->options.metrics, entry->model);
        log_line(LOG_ERROR, "config_refused", (struct log_field[]){{"model", entry->model}, {NULL, NULL}}, "%s",
                 entry->reason);
    }
    log_info("generation", "generation %llu of revision %lld: %zu models changed, %zu of them refused",
             (unsigned long long)bundle->number, (long long)bundle->revision, bundle->count, refused);
}

// Keeps the outcome; refused texts aren't sent on. [locked]
static void keep(struct publisher *publisher, struct bundle *bundle)
{
    for (size_t i = 0; i < bundle->count; i++) {
        struct bundle_entry *entry = &bundle->entries[i];
        struct known *known = known_of(publisher, entry->model);

        free(known->reason);
        known->reason = entry->reason ? copy(entry->reason, strlen(entry->reason)) : NULL;
        known->bad_graph = entry->bad_graph;
        if (entry->reason) {
            entry->text = (struct inferd_bytes){NULL, 0};
            continue;
        }
        free(known->served);
        known->served = entry->removed ? NULL : copy(entry->text.data, entry->text.len);
        known->served_len = entry->text.len;
    }
}

// Publishes with the lock held, so that snapshots and deltas keep their order.
static void send_bundle(struct publisher *publisher, const struct bundle *bundle)
{
    size_t len;
    uint8_t *bytes = bundle_encode(bundle, &len);

    ALWAYS(bytes);
    publisher->published = bundle->number;
    publisher->sent = true;
    publisher->options.publish(publisher->options.user, bytes, len);
    free(bytes);
}

// False when the source has said nothing for too long: then workers get an empty generation 0, so that they answer
// health checks while it is waited for. [locked]
static bool wait_for_source(struct publisher *publisher)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += FIRST_WAIT_S;
    while (!publisher->pending && !publisher->stopping)
        if (pthread_cond_timedwait(&publisher->more, &publisher->lock, &until) == ETIMEDOUT)
            return false;
    return true;
}

static void *publish_changes(void *arg)
{
    struct publisher *publisher = arg;
    struct bundle bundle;
    struct arena arena;

    arena_init(&arena, 1 << 20, 0);
    pthread_mutex_lock(&publisher->lock);
    if (!wait_for_source(publisher))
        send_bundle(publisher, &(struct bundle){.whole = true});
    while (!publisher->stopping) {
        if (!publisher->pending) {
            pthread_cond_wait(&publisher->more, &publisher->lock);
            continue;
        }
        publisher->pending = false;
        collect(publisher, &bundle, &arena);
        pthread_mutex_unlock(&publisher->lock);
        if (publisher->options.argv)
            check_entries(&bundle, publisher->options.argv, &arena);
        log_outcome(publisher, &bundle);
        pthread_mutex_lock(&publisher->lock);
        keep(publisher, &bundle);
        count_models(publisher);
        send_bundle(publisher, &bundle);
        arena_reset(&arena);
    }
    pthread_mutex_unlock(&publisher->lock);
    arena_free(&arena);
    return NULL;
}

void *publisher_snapshot(struct publisher *publisher, size_t *len)
{
    struct bundle bundle = {.whole = true};
    const struct map_slot *slot;
    uint8_t *bytes = NULL;
    size_t at = 0;

    pthread_mutex_lock(&publisher->lock);
    bundle.number = publisher->published;
    bundle.revision = publisher->revision;
    bundle.entries = calloc(publisher->models.count + 1, sizeof(*bundle.entries));
    while (bundle.entries && (slot = map_next(&publisher->models, &at))) {
        struct known *known = slot->value;

        if (known->served || known->reason)
            bundle.entries[bundle.count++] =
                (struct bundle_entry){.model = known->id,
                                      .text = {(uint8_t *)known->served, known->served_len},
                                      .reason = known->reason,
                                      .bad_graph = known->bad_graph};
    }
    if (bundle.entries && publisher->sent)
        bytes = bundle_encode(&bundle, len);
    free(bundle.entries);
    pthread_mutex_unlock(&publisher->lock);
    return bytes;
}

struct publisher *publisher_new(const struct publisher_options *options)
{
    struct publisher *publisher = calloc(1, sizeof(*publisher));
    pthread_condattr_t clock;

    if (!publisher)
        return NULL;
    publisher->options = *options;
    map_init(&publisher->models);
    pthread_mutex_init(&publisher->lock, NULL);
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&publisher->more, &clock);
    pthread_condattr_destroy(&clock);
    if (pthread_create(&publisher->thread, NULL, publish_changes, publisher) == 0)
        return publisher;
    free(publisher);
    return NULL;
}

void publisher_free(struct publisher *publisher)
{
    const struct map_slot *slot;
    size_t at = 0;

    pthread_mutex_lock(&publisher->lock);
    publisher->stopping = true;
    pthread_cond_signal(&publisher->more);
    pthread_mutex_unlock(&publisher->lock);
    pthread_join(publisher->thread, NULL);
    while ((slot = map_next(&publisher->models, &at))) {
        struct known *known = slot->value;

        free(known->id);
        free(known->wanted);
        free(known->served);
        free(known->reason);
        free(known);
    }
    map_free(&publisher->models);
    pthread_cond_destroy(&publisher->more);
    pthread_mutex_destroy(&publisher->lock);
    free(publisher);
}
