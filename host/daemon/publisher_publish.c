// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The publisher's thread: waits for changes, has them checked, and publishes them as generations.
#include "daemon/publisher_inner.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/magic.h"
#include "daemon/resources.h"
#include "process/check.h"
#include "metrics/metrics.h"

// How long the source may say nothing at the start, if there is nothing to serve instead, and if there is.
#define FIRST_WAIT_US 2000000
#define FIRST_WAIT_STORED_US 500000
// Changes that come faster than this are one generation: each costs a check, and a swap in every worker.
#define SHORTEST_US 200000
// How long a checking child is kept for the next ones.
#define KEEP_CHECKER_US 2000000

// Makes what was read of resources before what they are now, as far as the store has said. [locked]
static void refresh_resources(const struct publisher *publisher, const struct bundle *bundle, struct arena *arena)
{
    for (size_t i = 0; i < bundle->count; i++)
        for (size_t k = 0; k < bundle->entries[i].resources.count; k++) {
            struct resource now = bundle->entries[i].resources.items[k];

            if (resources_find(publisher->options.resources, &now, false, arena))
                bundle->entries[i].resources.items[k] = now;
        }
}

static void say_outcome(const struct publisher *publisher, const struct bundle *bundle)
{
    size_t refused = 0;

    for (size_t i = 0; i < bundle->count; i++) {
        const struct bundle_entry *entry = &bundle->entries[i];

        if (!entry->reason)
            continue;
        refused++;
        publisher_count_refusal(publisher->options.metrics, entry->model);
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
    metrics_set(METRICS_CONFIG_MODELS_KEPT, (int64_t)publisher->models.kept);
    metrics_set(METRICS_CONFIG_FROM_DISK, publisher->models.served && !publisher->read);
    metrics_add(METRICS_CONFIG_GENERATIONS, 1);
}

// Publishes with the lock held, so that snapshots and deltas keep their order.
static void send_bundle(struct publisher *publisher, struct bundle *bundle)
{
    uint8_t *bytes;
    size_t len;

    publisher->number = bundle->number;
    publisher->time_us = bundle->time_us = publisher_now_us();
    publisher->sent = true;
    verdict_show(&publisher->verdict, bundle);
    quarantine_show(&publisher->book, bundle);
    bytes = bundle_encode(bundle, &len);
    ALWAYS(bytes);
    publisher->options.publish(publisher->options.user, bytes, len);
    free(bytes);
}

// What has another config is not quarantined for what the one before did. [locked]
static void lift_changed(struct publisher *publisher, const struct bundle *bundle)
{
    for (size_t i = 0; i < bundle->count; i++)
        if (!bundle->entries[i].reason && known_is_new(&publisher->models, &bundle->entries[i]))
            quarantine_lift_model(&publisher->book, bundle->entries[i].model);
}

// One generation. [locked]
static void publish(struct publisher *publisher, struct arena *arena)
{
    struct bundle bundle = {
        .number = publisher->number + 1, .revision = publisher->revision, .from_disk = !publisher->read};
    struct bundle stand_ins = {.count = 0};

    publisher->pending = publisher->stored = false;
    publisher->published_us = clock_now_us();
    known_collect(&publisher->models, &bundle, arena);
    refresh_resources(publisher, &bundle, arena);
    publisher_check(publisher, &bundle, &stand_ins, arena);
    say_outcome(publisher, &bundle);
    lift_changed(publisher, &bundle);
    known_keep(&publisher->models, &bundle, &stand_ins);
    publisher->pending |= known_look(&publisher->models, NULL, publisher->options.resources); // changed meanwhile
    count_models(publisher);
    publisher_show_service(publisher, &bundle, arena);
    send_bundle(publisher, &bundle);
    bulletin_generation(&publisher->bulletin, &bundle, publisher->models.served, publisher->models.kept);
    if (publisher->keeper && publisher->read)
        keeper_wake(publisher->keeper);
}

// What was published is published again as it is, for workers compile it to something else now. [locked]
static void publish_recalled(struct publisher *publisher, struct arena *arena)
{
    struct bundle bundle = {
        .number = publisher->number + 1, .revision = publisher->revision, .from_disk = !publisher->read};

    known_recalled(&publisher->models, &bundle, arena);
    publisher_show_service(publisher, &bundle, arena);
    send_bundle(publisher, &bundle);
    bulletin_recalled(&publisher->bulletin, &bundle, publisher->models.served);
    if (publisher->keeper && publisher->read)
        keeper_wake(publisher->keeper);
}

// Workers get an empty generation 0, so that they answer health checks while the source is waited for. [locked]
static void publish_nothing(struct publisher *publisher, struct arena *arena)
{
    struct bundle bundle = {.whole = true}, none = {.count = 0};

    publisher_check(publisher, &bundle, &none, arena);
    send_bundle(publisher, &bundle);
}

// Gives the source a chance to tell its tree before anything is published. [locked]
static void begin(struct publisher *publisher, struct arena *arena)
{
    int64_t end_us = clock_now_us() + (publisher->stored ? FIRST_WAIT_STORED_US : FIRST_WAIT_US);
    struct timespec until = {end_us / 1000000, end_us % 1000000 * 1000};
    bool over = false;

    while (!publisher->pending && !publisher->stopping && !over && !(publisher->stored && publisher->away))
        over = pthread_cond_timedwait(&publisher->more, &publisher->lock, &until) == ETIMEDOUT;
    if (publisher->pending || publisher->stopping)
        return;
    if (!publisher->stored) {
        publish_nothing(publisher, arena);
        return;
    }
    log_warning("config_from_disk",
                "the source of the model configs %s: the %zu models that were good last, of revision %lld, are served "
                "from %s until it is there",
                publisher->away ? "can't be reached" : "doesn't answer", publisher->models.served,
                (long long)publisher->revision, publisher->kept_path);
    publish(publisher, arena);
}

static void pause_until(struct publisher *publisher, int64_t us)
{
    struct timespec until = {us / 1000000, us % 1000000 * 1000};

    while (!publisher->stopping && !publisher->recalled &&
           pthread_cond_timedwait(&publisher->more, &publisher->lock, &until) != ETIMEDOUT)
        ;
}

// Until there may be something to do. Who has changed one config is likely to change another one soon, but the child
// takes memory. [locked]
static void wait_for_changes(struct publisher *publisher)
{
    int64_t until_us = publisher->published_us + KEEP_CHECKER_US;
    struct timespec until = {until_us / 1000000, until_us % 1000000 * 1000};
    struct check *checker = publisher->checker;

    if (!checker) {
        pthread_cond_wait(&publisher->more, &publisher->lock);
    } else if (pthread_cond_timedwait(&publisher->more, &publisher->lock, &until) == ETIMEDOUT) {
        publisher->checker = NULL;
        pthread_mutex_unlock(&publisher->lock);
        check_end(checker);
        pthread_mutex_lock(&publisher->lock);
    }
}

void *publisher_publish_changes(void *arg)
{
    struct publisher *publisher = arg;
    struct arena arena;

    arena_init(&arena, 1 << 20, 0);
    pthread_mutex_lock(&publisher->lock);
    begin(publisher, &arena);
    while (!publisher->stopping) {
        if (!publisher->pending && !publisher->recalled) {
            wait_for_changes(publisher);
            continue;
        }
        if (publisher->recalled && publisher->number)
            publish_recalled(publisher, &arena);
        publisher->recalled = false;
        if (!publisher->pending)
            continue;
        publish(publisher, &arena);
        arena_reset(&arena);
        pause_until(publisher, publisher->published_us + SHORTEST_US);
    }
    pthread_mutex_unlock(&publisher->lock);
    check_end(publisher->checker);
    arena_free(&arena);
    return NULL;
}
