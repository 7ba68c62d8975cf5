// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Takes what a source tells, has it checked, and publishes generations.
#include "daemon/publisher.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/magic.h"
#include "config/service_config.h"
#include "daemon/bundle.h"
#include "daemon/check.h"
#include "daemon/known.h"
#include "metrics/metrics.h"

// How long the source may say nothing at the start.
#define FIRST_WAIT_US 2000000
// Changes that come faster than this are one generation: each costs a process, and a swap in every worker.
#define SHORTEST_US 200000

struct publisher {
    pthread_mutex_t lock; // all below
    pthread_cond_t more;
    pthread_t thread;
    struct publisher_options options;
    struct known_models models;
    struct service_config service;
    struct verdict verdict; // of the module files. Written by the thread only, with the lock; so it reads it without
    uint64_t number;        // of the last generation published
    int64_t revision, time_us;
    int64_t published_us; // when, by the monotonic clock
    bool sent;            // something was published, if only generation 0
    bool pending;         // there are changes, or may be
    bool stopping;
};

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

// A whole tree that doesn't name it has none. [locked]
static void take_service(struct publisher *publisher, const struct source_revision *revision)
{
    const struct source_change *change = NULL;

    for (size_t i = 0; i < revision->count; i++)
        if (!revision->changes[i].model)
            change = &revision->changes[i];
    if (change && !service_config_take(&publisher->service, change->key, change->value, change->value_len))
        count_refusal(publisher->options.metrics, "service-config");
    if (!change && revision->whole)
        service_config_take(&publisher->service, "service-config", NULL, 0);
}

void publisher_take(void *user, const struct source_revision *revision)
{
    struct publisher *publisher = user;

    pthread_mutex_lock(&publisher->lock);
    known_take(&publisher->models, revision, true);
    take_service(publisher, revision);
    // Its module may have come. Where nothing is checked, nobody knows what is refused.
    if (revision->whole)
        known_retry(&publisher->models, !publisher->options.argv);
    publisher->revision = revision->revision;
    publisher->pending = true;
    pthread_cond_signal(&publisher->more);
    pthread_mutex_unlock(&publisher->lock);
}

static void say_outcome(const struct publisher *publisher, const struct bundle *bundle)
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

static void count_models(const struct publisher *publisher)
{
    metrics_set(METRICS_CONFIG_MODELS, (int64_t)publisher->models.served);
    metrics_set(METRICS_CONFIG_MODELS_REFUSED, (int64_t)publisher->models.refused);
    metrics_add(METRICS_CONFIG_GENERATIONS, 1);
}

static int64_t now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

// What concerns no model. The texts go with the arena. [locked]
static void show_service(const struct publisher *publisher, struct bundle *bundle, struct arena *arena)
{
    struct text text;

    text_init(&text);
    service_config_show(&publisher->service, &text);
    bundle->service = arena_strndup(arena, text_string(&text), text.len);
    if (publisher->service.refused)
        bundle->service_refused = arena_strndup(arena, publisher->service.refused, strlen(publisher->service.refused));
    text_free(&text);
}

// Publishes with the lock held, so that snapshots and deltas keep their order.
static void send_bundle(struct publisher *publisher, struct bundle *bundle)
{
    uint8_t *bytes;
    size_t len;

    publisher->number = bundle->number;
    publisher->time_us = bundle->time_us = now_us();
    publisher->sent = true;
    verdict_show(&publisher->verdict, bundle);
    bytes = bundle_encode(bundle, &len);
    ALWAYS(bytes);
    publisher->options.publish(publisher->options.user, bytes, len);
    free(bytes);
}

// Has the bundle checked, without the lock. The verdict is the thread's own to change meanwhile, but a snapshot may
// want to read it.
static void check(struct publisher *publisher, struct bundle *bundle, struct bundle *stand_ins, struct arena *arena)
{
    struct verdict verdict;

    if (!publisher->options.argv)
        return;
    verdict_copy(&verdict, &publisher->verdict);
    pthread_mutex_unlock(&publisher->lock);
    check_bundle(bundle, &verdict, publisher->options.argv, arena);
    pthread_mutex_lock(&publisher->lock);
    known_stand_ins(&publisher->models, bundle, stand_ins, arena);
    if (stand_ins->count) {
        pthread_mutex_unlock(&publisher->lock);
        check_bundle(stand_ins, &verdict, publisher->options.argv, arena);
        pthread_mutex_lock(&publisher->lock);
    }
    verdict_free(&publisher->verdict);
    publisher->verdict = verdict;
}

// One generation. [locked]
static void publish(struct publisher *publisher, struct arena *arena)
{
    struct bundle bundle = {.number = publisher->number + 1, .revision = publisher->revision};
    struct bundle stand_ins = {.count = 0};

    publisher->pending = false;
    publisher->published_us = clock_now_us();
    known_collect(&publisher->models, &bundle, arena);
    check(publisher, &bundle, &stand_ins, arena);
    say_outcome(publisher, &bundle);
    known_keep(&publisher->models, &bundle, &stand_ins);
    count_models(publisher);
    show_service(publisher, &bundle, arena);
    send_bundle(publisher, &bundle);
}

// Workers get an empty generation 0, so that they answer health checks while the source is waited for. [locked]
static void publish_nothing(struct publisher *publisher, struct arena *arena)
{
    struct bundle bundle = {.whole = true}, none = {.count = 0};

    check(publisher, &bundle, &none, arena);
    send_bundle(publisher, &bundle);
}

// Until there may be something to publish, and its time has come. False: the time is over. [locked]
static bool wait_until(struct publisher *publisher, int64_t us)
{
    struct timespec until = {us / 1000000, us % 1000000 * 1000};

    while (!publisher->pending && !publisher->stopping)
        if (pthread_cond_timedwait(&publisher->more, &publisher->lock, &until) == ETIMEDOUT)
            return false;
    return true;
}

static void pause_until(struct publisher *publisher, int64_t us)
{
    struct timespec until = {us / 1000000, us % 1000000 * 1000};

    while (!publisher->stopping && pthread_cond_timedwait(&publisher->more, &publisher->lock, &until) != ETIMEDOUT)
        ;
}

static void *publish_changes(void *arg)
{
    struct publisher *publisher = arg;
    struct arena arena;

    arena_init(&arena, 1 << 20, 0);
    pthread_mutex_lock(&publisher->lock);
    if (!wait_until(publisher, clock_now_us() + FIRST_WAIT_US))
        publish_nothing(publisher, &arena);
    while (!publisher->stopping) {
        if (!publisher->pending) {
            pthread_cond_wait(&publisher->more, &publisher->lock);
            continue;
        }
        publish(publisher, &arena);
        arena_reset(&arena);
        pause_until(publisher, publisher->published_us + SHORTEST_US);
    }
    pthread_mutex_unlock(&publisher->lock);
    arena_free(&arena);
    return NULL;
}

void *publisher_snapshot(struct publisher *publisher, size_t *len)
{
    struct bundle bundle = {.whole = true};
    uint8_t *bytes = NULL;
    struct arena arena;

    arena_init(&arena, 65536, 0);
    pthread_mutex_lock(&publisher->lock);
    bundle.number = publisher->number;
    bundle.revision = publisher->revision;
    bundle.time_us = publisher->time_us;
    known_show(&publisher->models, &bundle, &arena);
    show_service(publisher, &bundle, &arena);
    verdict_show(&publisher->verdict, &bundle);
    if (publisher->sent)
        bytes = bundle_encode(&bundle, len);
    pthread_mutex_unlock(&publisher->lock);
    arena_free(&arena);
    return bytes;
}

struct publisher *publisher_new(const struct publisher_options *options)
{
    struct publisher *publisher = calloc(1, sizeof(*publisher));
    pthread_condattr_t clock;

    if (!publisher)
        return NULL;
    publisher->options = *options;
    known_init(&publisher->models);
    service_config_init(&publisher->service);
    verdict_init(&publisher->verdict);
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
    pthread_mutex_lock(&publisher->lock);
    publisher->stopping = true;
    pthread_cond_signal(&publisher->more);
    pthread_mutex_unlock(&publisher->lock);
    pthread_join(publisher->thread, NULL);
    known_free(&publisher->models);
    service_config_free(&publisher->service);
    verdict_free(&publisher->verdict);
    pthread_cond_destroy(&publisher->more);
    pthread_mutex_destroy(&publisher->lock);
    free(publisher);
}
