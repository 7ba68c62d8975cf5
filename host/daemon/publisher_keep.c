// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What is published as a whole: for a worker that comes up, and for the copy on disk, which is read at the start.
#include "daemon/publisher_inner.h"

#include <string.h>

#include "base/log.h"
#include "daemon/last_good.h"
#include "metrics/metrics.h"

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
    publisher_show_service(publisher, &bundle, &arena);
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

void publisher_start_keeping(struct publisher *publisher)
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
