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
#include "daemon/bulletin.h"
#include "daemon/bundle.h"
#include "daemon/check.h"
#include "daemon/keeper.h"
#include "daemon/known.h"
#include "daemon/last_good.h"
#include "daemon/resources.h"
#include "metrics/metrics.h"

// How long the source may say nothing at the start, if there is nothing to serve instead, and if there is.
#define FIRST_WAIT_US 2000000
#define FIRST_WAIT_STORED_US 500000
// Changes that come faster than this are one generation: each costs a process, and a swap in every worker.
#define SHORTEST_US 200000

struct publisher {
    pthread_mutex_t lock; // all below
    pthread_cond_t more;
    pthread_t thread;
    struct publisher_options options;
    struct known_models models;
    struct service_config service;
    struct bulletin bulletin;
    struct keeper *keeper; // NULL: nothing is kept on disk
    char *kept_path;
    struct verdict verdict; // of the module files. Written by the thread only, with the lock; so it reads it without
    struct quarantine_book book;
    uint64_t number;   // of the last generation published
    uint64_t checking; // of the one that is being checked without the lock; 0: none
    int64_t revision, time_us;
    int64_t published_us; // when, by the monotonic clock
    bool sent;            // something was published, if only generation 0
    bool pending;         // there are changes, or may be
    bool rescan;          // the module path is to be looked through, whatever changed
    bool recalled;        // some of what is published is to be published again
    bool read;            // the source has told its tree
    bool away;            // it can't be reached
    bool stored;          // what the disk had is known, and not published yet
    bool stopping, stopped;
    bool left; // another process keeps what is served
};

static void have_pending(struct publisher *publisher, bool pending)
{
    publisher->pending |= pending;
    pthread_cond_signal(&publisher->more);
}

void publisher_look(struct publisher *publisher, const char *subtree)
{
    pthread_mutex_lock(&publisher->lock);
    have_pending(publisher, known_look(&publisher->models, subtree, publisher->options.resources));
    pthread_mutex_unlock(&publisher->lock);
}

void publisher_note(struct publisher *publisher, const char *model, const struct resource_list *read)
{
    pthread_mutex_lock(&publisher->lock);
    known_note(&publisher->models, model, read);
    have_pending(publisher, known_look(&publisher->models, NULL, publisher->options.resources));
    pthread_mutex_unlock(&publisher->lock);
}

void publisher_not_taken(struct publisher *publisher, uint64_t generation, size_t count)
{
    pthread_mutex_lock(&publisher->lock);
    bulletin_not_taken(&publisher->bulletin, generation, count);
    pthread_mutex_unlock(&publisher->lock);
}

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

static int64_t now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void recall(struct publisher *publisher, const char *model)
{
    known_recall(&publisher->models, model);
    publisher->recalled = true;
    pthread_cond_signal(&publisher->more);
}

void publisher_crash(struct publisher *publisher, const struct breadcrumb *crumb, const char *how)
{
    enum quarantine_news news;

    pthread_mutex_lock(&publisher->lock);
    news = quarantine_crash(&publisher->book, crumb, how, now_us());
    if (news != QUARANTINE_NOTHING)
        recall(publisher, news == QUARANTINE_MODEL ? crumb->model : NULL);
    pthread_mutex_unlock(&publisher->lock);
}

// The next generation that is begun; one that is being checked was begun without what is asked for now. [locked]
static uint64_t next_generation(const struct publisher *publisher)
{
    return (publisher->checking > publisher->number ? publisher->checking : publisher->number) + 1;
}

// Likewise, of those that changes are published by: what is recalled goes first. [locked]
static uint64_t next_of_changes(const struct publisher *publisher)
{
    uint64_t next = next_generation(publisher);

    return next + (publisher->recalled && next > 1);
}

// [locked]
static unsigned lift(struct publisher *publisher, const struct quarantine_whom *whom)
{
    unsigned lifted = quarantine_lift(&publisher->book, whom);

    if (lifted)
        recall(publisher, NULL);
    return lifted;
}

// [locked]
static void rescan(struct publisher *publisher)
{
    publisher->rescan = true;
    known_retry(&publisher->models, !publisher->options.argv);
    have_pending(publisher, true);
}

uint64_t publisher_refresh(struct publisher *publisher)
{
    uint64_t generation;

    pthread_mutex_lock(&publisher->lock);
    lift(publisher, &(struct quarantine_whom){NULL});
    rescan(publisher);
    generation = next_of_changes(publisher);
    pthread_mutex_unlock(&publisher->lock);
    return generation;
}

uint64_t publisher_rescan(struct publisher *publisher)
{
    uint64_t generation;

    pthread_mutex_lock(&publisher->lock);
    rescan(publisher);
    generation = next_of_changes(publisher);
    pthread_mutex_unlock(&publisher->lock);
    return generation;
}

uint64_t publisher_lift(struct publisher *publisher, const struct quarantine_whom *whom, unsigned *lifted)
{
    uint64_t generation;
    unsigned count;

    pthread_mutex_lock(&publisher->lock);
    count = lift(publisher, whom);
    generation = count ? next_generation(publisher) : publisher->number;
    pthread_mutex_unlock(&publisher->lock);
    if (lifted)
        *lifted = count;
    return generation;
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
    if (known_take(&publisher->models, revision, publisher->options.believe_empty))
        take_service(publisher, revision);
    else
        log_warning("config_source_empty",
                    "revision %lld has no model at all: not believed, the %zu models that were good last stay until "
                    "they are named again or deleted one by one. To end them all, start with --config-believe-empty",
                    (long long)revision->revision, publisher->models.kept);
    publisher->read = true;
    // Its module may have come. Where nothing is checked, nobody knows what is refused.
    if (revision->whole)
        known_retry(&publisher->models, !publisher->options.argv);
    publisher->revision = revision->revision;
    publisher->pending = true;
    pthread_cond_signal(&publisher->more);
    pthread_mutex_unlock(&publisher->lock);
}

void publisher_away(void *user, const char *reason)
{
    struct publisher *publisher = user;

    if (reason) // the source logs it
        metrics_add(METRICS_CONFIG_OUTAGES, 1);
    metrics_set(METRICS_CONFIG_SOURCE_AWAY, reason != NULL);
    pthread_mutex_lock(&publisher->lock);
    publisher->away = reason;
    bulletin_source(&publisher->bulletin, reason, now_us());
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
    metrics_set(METRICS_CONFIG_MODELS_KEPT, (int64_t)publisher->models.kept);
    metrics_set(METRICS_CONFIG_FROM_DISK, publisher->models.served && !publisher->read);
    metrics_add(METRICS_CONFIG_GENERATIONS, 1);
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
    quarantine_show(&publisher->book, bundle);
    bytes = bundle_encode(bundle, &len);
    ALWAYS(bytes);
    publisher->options.publish(publisher->options.user, bytes, len);
    free(bytes);
}

// Of what is quarantined, the child is told of versions of modules, so that it tries those that stand in for them; what
// a model's other config crashed in says nothing of the new one. Copied: it is read without the lock. [locked]
static void show_banned(struct publisher *publisher, struct bundle *bundle, struct arena *arena)
{
    struct bundle all = {.count = 0};

    quarantine_show(&publisher->book, &all);
    bundle->quarantine = arena_zalloc(arena, (all.quarantine_count + 1) * sizeof(*bundle->quarantine));
    ALWAYS(bundle->quarantine);
    for (size_t i = 0; i < all.quarantine_count; i++) {
        struct bundle_quarantine *item = &bundle->quarantine[bundle->quarantine_count];

        if (all.quarantine[i].model)
            continue;
        bundle->quarantine_count++;
        *item = all.quarantine[i];
        item->module = arena_strndup(arena, item->module, strlen(item->module));
        item->call = arena_strndup(arena, item->call, strlen(item->call));
        item->how = arena_strndup(arena, item->how, strlen(item->how));
    }
}

// Other versions of modules than before may suit the models better: they are tried with them. [locked]
static void take_verdict(struct publisher *publisher, const struct verdict *verdict)
{
    struct verdict *before = &publisher->verdict;

    if (!before->looked) // what was quarantined before a restart
        quarantine_lift_replaced(&publisher->book, NULL, 0, verdict->modules, verdict->count);
    if (before->looked && verdict_has_more(before, verdict)) {
        quarantine_lift_replaced(&publisher->book, before->modules, before->count, verdict->modules, verdict->count);
        known_retry(&publisher->models, true);
        publisher->pending = true;
    }
    verdict_free(before);
    *before = *verdict;
    before->looked = true;
}

// What has another config is not quarantined for what the one before did. [locked]
static void lift_changed(struct publisher *publisher, const struct bundle *bundle)
{
    for (size_t i = 0; i < bundle->count; i++)
        if (!bundle->entries[i].reason && known_is_new(&publisher->models, &bundle->entries[i]))
            quarantine_lift_model(&publisher->book, bundle->entries[i].model);
}

// Has the bundle checked, without the lock. The verdict is the thread's own to change meanwhile, but a snapshot may
// want to read it.
static void check(struct publisher *publisher, struct bundle *bundle, struct bundle *stand_ins, struct arena *arena)
{
    struct verdict verdict;

    if (!publisher->options.argv)
        return;
    verdict_copy(&verdict, &publisher->verdict);
    verdict.judged = verdict.judged && !publisher->rescan;
    publisher->rescan = false;
    show_banned(publisher, bundle, arena);
    publisher->checking = bundle->number;
    pthread_mutex_unlock(&publisher->lock);
    check_bundle(bundle, &verdict, publisher->options.resources, publisher->options.argv, arena);
    pthread_mutex_lock(&publisher->lock);
    known_stand_ins(&publisher->models, bundle, stand_ins, arena);
    stand_ins->quarantine = bundle->quarantine;
    stand_ins->quarantine_count = bundle->quarantine_count;
    if (stand_ins->count) {
        pthread_mutex_unlock(&publisher->lock);
        check_bundle(stand_ins, &verdict, publisher->options.resources, publisher->options.argv, arena);
        pthread_mutex_lock(&publisher->lock);
    }
    publisher->checking = 0;
    take_verdict(publisher, &verdict);
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
    check(publisher, &bundle, &stand_ins, arena);
    say_outcome(publisher, &bundle);
    lift_changed(publisher, &bundle);
    known_keep(&publisher->models, &bundle, &stand_ins);
    publisher->pending |= known_look(&publisher->models, NULL, publisher->options.resources); // changed meanwhile
    count_models(publisher);
    show_service(publisher, &bundle, arena);
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
    show_service(publisher, &bundle, arena);
    send_bundle(publisher, &bundle);
    if (publisher->keeper && publisher->read)
        keeper_wake(publisher->keeper);
}

// Workers get an empty generation 0, so that they answer health checks while the source is waited for. [locked]
static void publish_nothing(struct publisher *publisher, struct arena *arena)
{
    struct bundle bundle = {.whole = true}, none = {.count = 0};

    check(publisher, &bundle, &none, arena);
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

static void *publish_changes(void *arg)
{
    struct publisher *publisher = arg;
    struct arena arena;

    arena_init(&arena, 1 << 20, 0);
    pthread_mutex_lock(&publisher->lock);
    begin(publisher, &arena);
    while (!publisher->stopping) {
        if (!publisher->pending && !publisher->recalled) {
            pthread_cond_wait(&publisher->more, &publisher->lock);
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
    arena_free(&arena);
    return NULL;
}

static void *snapshot(struct publisher *publisher, size_t *len, uint64_t *generation)
{
    struct bundle bundle = {.whole = true};
    uint8_t *bytes = NULL;
    struct arena arena;

    arena_init(&arena, 65536, 0);
    pthread_mutex_lock(&publisher->lock);
    bundle.number = publisher->number;
    bundle.revision = publisher->revision;
    bundle.time_us = publisher->time_us;
    bundle.from_disk = !publisher->read;
    *generation = publisher->number;
    known_show(&publisher->models, &bundle, &arena);
    show_service(publisher, &bundle, &arena);
    verdict_show(&publisher->verdict, &bundle);
    quarantine_show(&publisher->book, &bundle);
    if (publisher->sent)
        bytes = bundle_encode(&bundle, len);
    pthread_mutex_unlock(&publisher->lock);
    arena_free(&arena);
    return bytes;
}

void *publisher_snapshot(struct publisher *publisher, size_t *len)
{
    uint64_t generation;

    return snapshot(publisher, len, &generation);
}

static void *snapshot_to_keep(void *user, size_t *len, uint64_t *generation)
{
    struct publisher *publisher = user;
    bool left;

    pthread_mutex_lock(&publisher->lock);
    left = publisher->left;
    pthread_mutex_unlock(&publisher->lock);
    return left ? NULL : snapshot(publisher, len, generation);
}

// What an earlier process has kept.
static void read_stored(struct publisher *publisher)
{
    struct bundle bundle;
    struct arena arena;
    char error[512];

    arena_init(&arena, 65536, 0);
    switch (last_good_read(publisher->kept_path, publisher->options.origin, &bundle, &arena, error, sizeof(error))) {
    case LAST_GOOD_READ:
        for (size_t i = 0; i < bundle.count; i++)
            if (bundle.entries[i].text.data)
                known_store(&publisher->models, bundle.entries[i].model, bundle.entries[i].text,
                            &bundle.entries[i].resources);
        for (size_t i = 0; i < bundle.quarantine_count; i++)
            quarantine_restore(&publisher->book, &bundle.quarantine[i]);
        if (bundle.service)
            service_config_take(&publisher->service, "service-config", bundle.service, strlen(bundle.service));
        publisher->revision = bundle.revision;
        publisher->stored = publisher->models.served > 0;
        break;
    case LAST_GOOD_REFUSED:
        metrics_add(METRICS_LAST_GOOD_REFUSED, 1);
        log_warning("last_good_refused", "%s", error);
        break;
    case LAST_GOOD_NONE:
        break;
    }
    arena_free(&arena);
}

static void show_kept(void *user)
{
    struct publisher *publisher = user;
    struct keeper_state state;

    pthread_mutex_lock(&publisher->lock);
    if (publisher->keeper) {
        keeper_state(publisher->keeper, &state);
        bulletin_disk(&publisher->bulletin, publisher->kept_path, &state);
    }
    pthread_mutex_unlock(&publisher->lock);
}

static void start_keeping(struct publisher *publisher)
{
    const struct publisher_options *options = &publisher->options;
    struct keeper_options keeping = {
        .origin = options->origin, .snapshot = snapshot_to_keep, .changed = show_kept, .user = publisher};

    if (!options->argv || !options->state_dir || !*options->state_dir)
        return;
    keeping.path = publisher->kept_path = last_good_path(options->state_dir, options->service, options->origin);
    if (!publisher->kept_path)
        return;
    read_stored(publisher);
    publisher->keeper = keeper_new(&keeping);
    show_kept(publisher);
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
    bulletin_init(&publisher->bulletin, options->board, options->origin);
    verdict_init(&publisher->verdict);
    quarantine_init(&publisher->book, &options->quarantine, options->metrics);
    pthread_mutex_init(&publisher->lock, NULL);
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&publisher->more, &clock);
    pthread_condattr_destroy(&clock);
    start_keeping(publisher);
    if (pthread_create(&publisher->thread, NULL, publish_changes, publisher) == 0)
        return publisher;
    free(publisher);
    return NULL;
}

void publisher_leave(struct publisher *publisher)
{
    pthread_mutex_lock(&publisher->lock);
    publisher->stopping = publisher->left = true;
    pthread_cond_signal(&publisher->more);
    pthread_mutex_unlock(&publisher->lock);
}

bool publisher_serves(struct publisher *publisher, const char *model)
{
    bool serves;

    pthread_mutex_lock(&publisher->lock);
    serves = known_serves(&publisher->models, model);
    pthread_mutex_unlock(&publisher->lock);
    return serves;
}

void publisher_unserved(struct publisher *publisher, struct text *lines)
{
    pthread_mutex_lock(&publisher->lock);
    known_unserved(&publisher->models, lines);
    pthread_mutex_unlock(&publisher->lock);
}

void publisher_upgrade(struct publisher *publisher, const char *state, const char *why)
{
    pthread_mutex_lock(&publisher->lock);
    bulletin_upgrade(&publisher->bulletin, state, why, now_us());
    pthread_mutex_unlock(&publisher->lock);
}

void publisher_stop(struct publisher *publisher)
{
    pthread_mutex_lock(&publisher->lock);
    publisher->stopping = true;
    pthread_cond_signal(&publisher->more);
    pthread_mutex_unlock(&publisher->lock);
    if (!publisher->stopped)
        pthread_join(publisher->thread, NULL);
    publisher->stopped = true;
}

void publisher_free(struct publisher *publisher)
{
    publisher_stop(publisher);
    if (publisher->keeper)
        keeper_free(publisher->keeper);
    free(publisher->kept_path);
    known_free(&publisher->models);
    service_config_free(&publisher->service);
    bulletin_free(&publisher->bulletin);
    verdict_free(&publisher->verdict);
    quarantine_free(&publisher->book);
    pthread_cond_destroy(&publisher->more);
    pthread_mutex_destroy(&publisher->lock);
    free(publisher);
}
