// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What crashes and administrators ask for: what was published is to be published again, or checked again.
#include "daemon/publisher_inner.h"

#include "daemon/check.h"

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
    news = quarantine_crash(&publisher->book, crumb, how, publisher_now_us());
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
    publisher_have_pending(publisher, true);
}

uint64_t publisher_refresh(struct publisher *publisher)
{
    uint64_t generation;

    pthread_mutex_lock(&publisher->lock);
    lift(publisher, &(struct quarantine_whom){.model = NULL});
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
