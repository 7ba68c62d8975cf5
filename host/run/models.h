// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The models that are served: by id the plan, and why the latest config was refused, if it was. Plans that are no
// longer served end when their last run has.
//
// Threads: on the loop.
#ifndef RUN_MODELS_H
#define RUN_MODELS_H

#include <stdbool.h>
#include <stddef.h>
#include <inferd/bytes.h>
#include "base/map.h"

struct plan;

struct run_model {
    char *id;
    struct plan *plan; // NULL: none was ever accepted
    bool refused;      // its latest config
    bool bad_graph;    // refused for a cycle or a component that isn't there
    char *reason;      // of the refusal
};

struct run_models {
    struct map by_id;
    // Ends a plan; called on the loop, must hand over to the control thread.
    void (*retire)(void *user, struct plan *plan);
    // Runs hold so many more plans that are no longer served, and so many more runs hold them; negative: fewer. NULL:
    // nobody wants to know.
    void (*held)(void *user, const struct plan *plan, int plans, int runs);
    void *user;
};

// One model's change.
struct run_model_change {
    const char *id;
    struct plan *plan; // to serve from now on; NULL: keep what there is
    bool removed;      // serve none
    bool bad_graph;
    const char *reason; // the config was refused; NULL: it wasn't
};

void run_models_init(struct run_models *models, void (*retire)(void *user, struct plan *plan), void *user);
// Nothing runs any more: retires all plans.
void run_models_clear(struct run_models *models);
const struct run_model *run_models_find(const struct run_models *models, struct inferd_bytes id);
// Makes the changes at once, between two events of the loop. With 'whole', models that are not named are removed.
void run_models_apply(struct run_models *models, const struct run_model_change *changes, size_t count, bool whole);
#endif
