// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Puts a publisher together and ends it; what its parts share.
#include "daemon/publisher_inner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/resources.h"
#include "metrics/metrics.h"

int64_t publisher_now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

// There are changes, or not. [locked]
void publisher_have_pending(struct publisher *publisher, bool pending)
{
    publisher->pending |= pending;
    pthread_cond_signal(&publisher->more);
}

// The refusals of one model.
void publisher_count_refusal(struct metrics *metrics, const char *model)
{
    struct text tags;

    if (!metrics)
        return;
    text_init(&tags);
    metrics_tag(&tags, "model-id", model);
    metrics_metric_add(metrics_series(metrics, METRICS_CONFIG_REFUSALS, text_string(&tags)), 1);
    text_free(&tags);
}

// What concerns no model. The texts go with the arena. [locked]
void publisher_show_service(const struct publisher *publisher, struct bundle *bundle, struct arena *arena)
{
    struct text text;

    text_init(&text);
    service_config_show(&publisher->service, &text);
    bundle->service = arena_strndup(arena, text_string(&text), text.len);
    if (publisher->service.refused)
        bundle->service_refused = arena_strndup(arena, publisher->service.refused, strlen(publisher->service.refused));
    text_free(&text);
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
    publisher_start_keeping(publisher);
    if (pthread_create(&publisher->thread, NULL, publisher_publish_changes, publisher) == 0)
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
    bulletin_upgrade(&publisher->bulletin, state, why, publisher_now_us());
    pthread_mutex_unlock(&publisher->lock);
}

void publisher_death(struct publisher *publisher, unsigned worker, const char *how, const struct breadcrumb *crumb)
{
    struct bulletin_death death = {.worker = worker, .time_us = publisher_now_us()};

    snprintf(death.how, sizeof(death.how), "%s", how);
    if (crumb)
        death.crumb = *crumb;
    pthread_mutex_lock(&publisher->lock);
    bulletin_death(&publisher->bulletin, &death);
    pthread_mutex_unlock(&publisher->lock);
}

void publisher_back(struct publisher *publisher, unsigned worker)
{
    pthread_mutex_lock(&publisher->lock);
    bulletin_back(&publisher->bulletin, worker, publisher_now_us());
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
