// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A process that serves: a worker, or the whole daemon with --workers 0. Joins the loop, the engine, the front and the
// configs.
#ifndef DAEMON_SERVING_H
#define DAEMON_SERVING_H

#include "config/settings.h"
#include "process/worker.h"

struct board;
struct metrics;
struct resource_list;
struct resources;
struct serving;

struct serving_options {
    struct settings *settings;
    struct metrics *metrics;     // NULL: nobody looks
    struct board *board;         // likewise
    struct resources *resources; // what models read beside their configs; NULL: it comes with them
    // A model was compiled, and has read these; NULL: nobody cares. [control]
    void (*read)(void *user, const char *model, const struct resource_list *resources);
    unsigned share;            // this process is one of so many: of the cache's budget
    void (*ready)(void *user); // connections may come: there is a generation, or none for now. [any]
    // A report to the master, see telling.h. NULL: there is none. [control]
    void (*tell)(void *user, const void *bytes, size_t len);
    void *user;
};

// NULL after it was logged.
struct serving *serving_new(const struct serving_options *options);
extern const struct worker_callbacks serving_callbacks; // their user is the serving; any thread
void serving_run(struct serving *serving);              // until a drain is over
void serving_free(struct serving *serving);

#endif
