// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A feature component in one run.
#ifndef FEATURE_RUN_H
#define FEATURE_RUN_H

#include "keys.h"

// Keys that go out in one call.
struct feature_batch {
    struct feature_run *run;
    const uint32_t *entities;
    uint32_t count;
};

struct feature_run {
    struct feature *feature;
    struct feature_keys keys;
    uint32_t *asked; // entities that are asked for
    uint32_t asked_count;
    uint32_t batches, open, failed;
    int failure; // status of the first failed call
    char *why;   // and what is said about it
    uint32_t lost[FEATURE_LOSSES];
    bool kept;                       // some entity's values came from the cache, or from another run
    struct inferd_bytes *cache_keys; // of each entity; where there is a cache
    uint32_t *again;                 // entities that another run was to fetch and gave up; NULL: none
    uint32_t again_count;
};

// Takes a reply's values into the columns; rows of entities that it leaves out are marked as failed. False where it is
// no message at all: then all of the batch's rows are yet to be marked.
bool feature_reply_read(struct feature_run *run, struct inferd_step *step, const struct feature_batch *batch,
                        struct inferd_bytes reply);

// Values of all entities that are kept; those that aren't come to be asked for. False: no memory.
bool feature_cache_get(struct feature_run *run, struct inferd_step *step);
// Puts what was kept into the matrix. False: no memory.
bool feature_cache_take(struct feature_run *run, struct inferd_step *step, uint32_t entity, struct inferd_bytes kept);
// Keeps an entity's values, one for each label, and lands them.
void feature_cache_put(struct feature_run *run, struct inferd_step *step, uint32_t entity,
                       const struct inferd_bytes *values);

// Leaves in 'asked' what this run fetches itself; the rest is on its way for another run.
void feature_share(struct feature_run *run, struct inferd_step *step);
// Waits for the rest, and then goes on. False: there is none.
bool feature_wait(struct feature_run *run, struct inferd_step *step);
// Asks for what other runs gave up, as feature_share() does. False: there is nothing.
bool feature_take_over(struct feature_run *run, struct inferd_step *step);
// Tells other runs what became of an entity that this one leads; nothing where it leads none.
void feature_land(struct feature_run *run, struct inferd_step *step, uint32_t entity, int status, const char *detail,
                  struct inferd_bytes value);
// What was waited for is there: fetches what other runs gave up, or ends the step.
void feature_go_on(struct feature_run *run, struct inferd_step *step);
void feature_fail_entity(const struct feature_run *run, struct inferd_step *step, uint32_t entity, int status,
                         const char *why);
// The first failure is the step's, where everything fails.
void feature_remember_failure(struct feature_run *run, struct inferd_step *step, int status, const char *why);

#endif
