// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What the front serves: the engine, the models, and whether the process is ready.
#ifndef FRONT_SERVING_H
#define FRONT_SERVING_H

#include <stdatomic.h>
#include <stdbool.h>

struct access;
struct run_engine;
struct run_models;

struct front_serving {
    struct run_engine *engine;
    struct run_models *models;
    const struct access *access; // who may ask for what; NULL: everybody for everything
    bool compat;                 // the original's codes where it answers before any model is known
    const atomic_bool *ready;    // a first generation is there
    const atomic_bool *draining; // going down
};

#endif
