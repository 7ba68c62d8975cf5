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
    uint32_t bad_values;
    bool kept;        // some entity's values came from the cache
    uint8_t *scratch; // for the cache's keys
};

// Takes a reply's values into the columns; rows of entities that it leaves out are marked as failed. False where it is
// no message at all: then all of the batch's rows are yet to be marked.
bool feature_reply_read(struct feature_run *run, struct inferd_step *step, const struct feature_batch *batch,
                        struct inferd_bytes reply);

// Values of all entities that are kept; those that aren't come to be asked for. False: no memory.
bool feature_cache_get(struct feature_run *run, struct inferd_step *step);
// Keeps an entity's values, one for each label.
void feature_cache_put(struct feature_run *run, struct inferd_step *step, uint32_t entity,
                       const struct inferd_bytes *values);

#endif
