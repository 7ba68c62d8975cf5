// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Keeps the last good generation on disk.
#include "daemon/keeper.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "daemon/last_good.h"
#include "metrics/metrics.h"

#define BETWEEN_US 5000000        // two writings
#define AFTER_FAILURE_US 30000000 // until the next attempt

struct keeper {
    struct keeper_options options;
    pthread_t thread;
    pthread_mutex_t lock; // all below
    pthread_cond_t more;
    bool wanted, stopping;
    struct keeper_state state;
};

static void say(const struct keeper *keeper, const struct keeper_state *before, const struct keeper_state *now)
{
    const struct log_field fields[] = {{"path", keeper->options.path}, {NULL, NULL}};

    if (*now->error && !*before->error)
        log_line(LOG_WARNING, "last_good_failed", fields,
                 "the last good configs can't be kept on disk: %s; a start while their source is away would find %s. "
                 "Mend it, or choose another --state-dir (none: nothing is kept)",
                 now->error, before->generation ? "older ones" : "those of an earlier time, or none");
    else if (!*now->error)
        log_line(*before->error || !before->generation ? LOG_INFO : LOG_DEBUG, "last_good_kept", fields,
                 "generation %llu is kept on disk", (unsigned long long)now->generation);
}

// [unlocked] False: it couldn't be written.
static bool write_now(struct keeper *keeper)
{
    struct keeper_state before, now = {0};
    size_t len = 0;
    void *bytes = keeper->options.snapshot(keeper->options.user, &len, &now.generation);
    bool done = true;

    keeper_state(keeper, &before);
    if (!bytes)
        return true;
    done = last_good_write(keeper->options.path, keeper->options.origin, (struct inferd_bytes){bytes, len}, now.error,
                           sizeof(now.error));
    free(bytes);
    metrics_add(done ? METRICS_LAST_GOOD_WRITTEN : METRICS_LAST_GOOD_FAILED, 1);
    if (!done)
        now.generation = before.generation;
    pthread_mutex_lock(&keeper->lock);
    keeper->state = now;
    pthread_mutex_unlock(&keeper->lock);
    say(keeper, &before, &now);
    if (keeper->options.changed)
        keeper->options.changed(keeper->options.user);
    return done;
}

static void pause_for(struct keeper *keeper, int64_t us)
{
    int64_t end_us = clock_now_us() + us;
    struct timespec until = {end_us / 1000000, end_us % 1000000 * 1000};

    while (!keeper->stopping && pthread_cond_timedwait(&keeper->more, &keeper->lock, &until) != ETIMEDOUT)
        ;
}

static void *keep(void *arg)
{
    struct keeper *keeper = arg;

    pthread_mutex_lock(&keeper->lock);
    while (keeper->wanted || !keeper->stopping) {
        bool done;

        if (!keeper->wanted) {
            pthread_cond_wait(&keeper->more, &keeper->lock);
            continue;
        }
        keeper->wanted = false;
        pthread_mutex_unlock(&keeper->lock);
        done = write_now(keeper);
        pthread_mutex_lock(&keeper->lock);
        if (!done && !keeper->stopping)
            keeper->wanted = true;
        if (!keeper->stopping)
            pause_for(keeper, done ? BETWEEN_US : AFTER_FAILURE_US);
    }
    pthread_mutex_unlock(&keeper->lock);
    return NULL;
}

struct keeper *keeper_new(const struct keeper_options *options)
{
    struct keeper *keeper = calloc(1, sizeof(*keeper));
    pthread_condattr_t clock;

    if (!keeper)
        return NULL;
    keeper->options = *options;
    pthread_mutex_init(&keeper->lock, NULL);
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&keeper->more, &clock);
    pthread_condattr_destroy(&clock);
    if (pthread_create(&keeper->thread, NULL, keep, keeper) == 0)
        return keeper;
    free(keeper);
    return NULL;
}

void keeper_wake(struct keeper *keeper)
{
    pthread_mutex_lock(&keeper->lock);
    keeper->wanted = true;
    pthread_cond_signal(&keeper->more);
    pthread_mutex_unlock(&keeper->lock);
}

void keeper_state(struct keeper *keeper, struct keeper_state *state)
{
    pthread_mutex_lock(&keeper->lock);
    *state = keeper->state;
    pthread_mutex_unlock(&keeper->lock);
}

void keeper_free(struct keeper *keeper)
{
    pthread_mutex_lock(&keeper->lock);
    keeper->stopping = true;
    pthread_cond_signal(&keeper->more);
    pthread_mutex_unlock(&keeper->lock);
    pthread_join(keeper->thread, NULL);
    pthread_cond_destroy(&keeper->more);
    pthread_mutex_destroy(&keeper->lock);
    free(keeper);
}
