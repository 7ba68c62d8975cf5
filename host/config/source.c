// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What all sources have in common.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/magic.h"
#include "config/source_inner.h"

void source_reread(struct source *source)
{
    CHECK_MAGIC(source, SOURCE_MAGIC);
    source->kind->reread(source);
}

void source_close(struct source *source)
{
    if (!source)
        return;
    CHECK_MAGIC(source, SOURCE_MAGIC);
    source->kind->close(source);
}

void source_init(struct source *source, const struct source_kind *kind, source_changed_fn *changed,
                 source_away_fn *away, void *user)
{
    source->magic = SOURCE_MAGIC;
    source->kind = kind;
    source->changed = changed;
    source->away = away;
    source->user = user;
}

bool source_start_thread(pthread_t *thread, const char *name, void *(*serve)(void *user), void *user)
{
    errno = pthread_create(thread, NULL, serve, user);
    if (errno)
        return false;
    pthread_setname_np(*thread, name);
    return true;
}

bool source_reached(struct source *source, bool reachable)
{
    bool before = atomic_exchange(&source->reachable, reachable);

    if (before && !reachable)
        atomic_fetch_add(&source->outages, 1);
    return before != reachable;
}

void source_tell(struct source *source, const char *reason)
{
    if (source->away)
        source->away(source->user, reason);
}

void source_count(const struct source *source, struct source_counts *counts)
{
    CHECK_MAGIC(source, SOURCE_MAGIC);
    counts->reachable = atomic_load(&source->reachable);
    counts->revisions = atomic_load(&source->revisions);
    counts->wholes = atomic_load(&source->wholes);
    counts->outages = atomic_load(&source->outages);
    counts->refused = atomic_load(&source->refused);
}

void changes_init(struct changes *changes)
{
    memset(changes, 0, sizeof(*changes));
    arena_init(&changes->arena, 65536, 0);
}

void changes_free(struct changes *changes)
{
    arena_free(&changes->arena);
    free(changes->list);
}

void changes_clear(struct changes *changes)
{
    arena_reset(&changes->arena);
    changes->count = 0;
}

bool changes_add(struct changes *changes, const struct source_change *change)
{
    if (changes->count == changes->capacity) {
        size_t capacity = changes->capacity ? changes->capacity * 2 : 16;
        struct source_change *list = realloc(changes->list, capacity * sizeof(*list));

        if (!list)
            return false;
        changes->list = list;
        changes->capacity = capacity;
    }
    changes->list[changes->count++] = *change;
    return true;
}

void changes_hand_over(struct changes *changes, struct source *source, int64_t revision, bool whole)
{
    struct source_revision r = {revision, whole, changes->list, changes->count};

    atomic_fetch_add(&source->revisions, 1);
    if (whole)
        atomic_fetch_add(&source->wholes, 1);
    source->changed(source->user, &r);
    changes_clear(changes);
}
