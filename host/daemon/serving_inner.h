// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Inside of a serving process, shared by its files only: serving.c puts it together and ends it, taking.c takes the
// generations.
#ifndef DAEMON_SERVING_INNER_H
#define DAEMON_SERVING_INNER_H

#include <stdatomic.h>

#include "daemon/compile.h"
#include "daemon/control_thread.h"
#include "daemon/left_out.h"
#include "daemon/serving.h"
#include "daemon/web.h"
#include "front/server.h"
#include "front/serving.h"
#include "plan/plan.h"
#include "rpc/loop.h"
#include "run/models.h"

struct serving {
    struct serving_options options;
    struct registry *registry;
    struct compile_options plans;
    struct loop *loop;
    struct backend_tls *backend_tls;
    struct run_engine *engine;
    struct run_models models;
    struct front_serving front;
    struct access *access; // what the front has; NULL: everybody may. [loop]
    struct front_server *server;
    struct http_server *http;
    struct web web;
    struct control_thread *control;
    struct view *view;
    struct telling *telling;
    struct left_out left_out; // of the log
    uint64_t number;          // of the last bundle taken. [control]
    struct arena quarantine;  // the list that 'plans' has. [control]
    bool greeted;             // a bundle was taken, if only generation 0. [control]
    atomic_bool ready, draining, closing;
    bool accepting; // options.ready was called. [loop]
    bool stopped;   // the gRPC server has
    struct loop_job drain_job;
    struct front_server_drain drain;
};

// Takes a bundle, which is copied. [any]
bool serving_take(struct serving *serving, const void *bytes, size_t len); // false: no memory
// A bundle could not be taken: it is told, and comes again. [any]
void serving_miss(struct serving *serving, const char *why);
// Reads the access file. NULL: there is none, or it won't do; at the first reading one that lets nobody in then.
// [control]
struct access *serving_read_access(const struct serving *serving, bool first);
// Ends a plan that nothing uses any more, on the control thread. [loop]
void serving_retire_plan(void *user, struct plan *plan);

#endif
