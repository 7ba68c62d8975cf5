// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Inside of the sources, shared by their files only: what every source begins with, and the changes it collects.
#ifndef CONFIG_SOURCE_INNER_H
#define CONFIG_SOURCE_INNER_H

#include <pthread.h>
#include <stdatomic.h>
#include "base/arena.h"
#include "config/source.h"

#define SOURCE_MAGIC UINT32_C(0x534f5243)

struct source_kind {
    void (*reread)(struct source *source); // [any]
    void (*close)(struct source *source);  // stops, joins, frees
};

struct source {
    uint32_t magic;
    const struct source_kind *kind;
    source_changed_fn *changed;
    source_away_fn *away; // NULL: nobody wants to know
    void *user;
    atomic_bool reachable;
    _Atomic uint64_t revisions, wholes, outages, refused;
};

void source_init(struct source *source, const struct source_kind *kind, source_changed_fn *changed,
                 source_away_fn *away, void *user);
// The source's own thread. False: errno.
bool source_start_thread(pthread_t *thread, const char *name, void *(*serve)(void *user), void *user);
// Notes that the store is reachable or not. Whether that is news.
bool source_reached(struct source *source, bool reachable);

// Tells that it is away, and why, or with NULL that it is back.
void source_tell(struct source *source, const char *reason);

// Changes on their way to 'changed'. What they point to lives in the arena, or longer.
struct changes {
    struct arena arena;
    struct source_change *list;
    size_t count, capacity;
};

void changes_init(struct changes *changes);
void changes_free(struct changes *changes);
void changes_clear(struct changes *changes);
// False: no memory. Nothing is copied.
bool changes_add(struct changes *changes, const struct source_change *change);
// Calls 'changed' and clears the changes.
void changes_hand_over(struct changes *changes, struct source *source, int64_t revision, bool whole);

#endif
