// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What the publisher shows on the board: how its source fares, what is kept on disk, the generations of late, an
// upgrade, and workers that died.
//
// Threads: one at a time.
#ifndef DAEMON_BULLETIN_H
#define DAEMON_BULLETIN_H

#include "daemon/board.h"
#include "daemon/bundle.h"
#include "daemon/keeper.h"
#include "process/breadcrumb.h"

#define BULLETIN_GENERATIONS 20
#define BULLETIN_DEATHS 10

struct bulletin_generation {
    uint64_t number;
    int64_t revision, time_us;
    size_t changed, refused, removed, unchanged; // models
    size_t recompiled;                           // of the unchanged: for a quarantine that began or ended
    bool from_disk;
};

struct bulletin_death {
    unsigned worker;
    int64_t time_us;
    int64_t back_us;         // another worker is ready in its place since; 0: none is
    char how[32];            // "SIGSEGV"
    struct breadcrumb crumb; // where it was; empty texts: in no plugin, or that tells nothing of it
};

struct bulletin {
    struct board *board; // NULL: there is none
    const char *origin;
    char *away; // why; NULL: it isn't
    int64_t away_us;
    size_t kept_models; // see known_models
    const char *path;   // of what is kept on disk; NULL: nothing is
    struct keeper_state disk;
    struct bulletin_generation generations[BULLETIN_GENERATIONS]; // a ring
    size_t count;                                                 // of all there were
    const char *upgrade;                                          // its state; NULL: there was none
    char *upgrade_why;
    int64_t upgrade_us;
    struct bulletin_death deaths[BULLETIN_DEATHS]; // of workers: a ring
    uint64_t death_count;                          // of all there were
};

void bulletin_init(struct bulletin *bulletin, struct board *board, const char *origin);
void bulletin_free(struct bulletin *bulletin);
// Each of these writes the board anew.
void bulletin_source(struct bulletin *bulletin, const char *away, int64_t now_us);
void bulletin_upgrade(struct bulletin *bulletin, const char *state, const char *why, int64_t now_us);
void bulletin_death(struct bulletin *bulletin, const struct bulletin_death *death);
// The worker's place has one again, or is to have none.
void bulletin_back(struct bulletin *bulletin, unsigned worker, int64_t now_us);
void bulletin_disk(struct bulletin *bulletin, const char *path, const struct keeper_state *state);
void bulletin_generation(struct bulletin *bulletin, const struct bundle *bundle, size_t served, size_t kept_models);
// A generation in which no config has changed.
void bulletin_recalled(struct bulletin *bulletin, const struct bundle *bundle, size_t served);
// Of a generation's configs so many could not be taken after all, where nobody had tried them before.
void bulletin_not_taken(struct bulletin *bulletin, uint64_t generation, size_t count);

#endif
