// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A worker without a network: models of real configs with the real modules, the real front, engine and replies, but
// calls come from the program and backends' replies too. In place of host/rpc and host/front/inbound.c stand
// stage_rpc.c and stage_inbound.c, so nothing waits, and an input plays the same way every time.
#ifndef FUZZ_STAGE_H
#define FUZZ_STAGE_H

#include "base/arena.h"
#include "front/methods.h"
#include "fuzz.h"
#include "module/registry.h"
#include "run/models.h"

// Loads the modules; once.
void stage_open(void);
const struct registry *stage_registry(void);

// A table of one model.
struct stage_table {
    struct run_models models;
    struct arena arena; // what its plan reads
};

// To be dropped in any case. False: its config is refused; the table says why.
bool stage_compile(struct stage_table *table, const char *id, struct inferd_bytes config, bool compat);
void stage_drop(struct stage_table *table);

// A backend's reply. The bytes are copied to memory of their own. The status of the call.
typedef int stage_answer_fn(void *user, const char *path, struct inferd_bytes request, struct inferd_bytes *reply);

struct stage_request {
    const struct run_models *models;
    bool compat;
    void (*start)(struct inbound *inbound); // the method
    struct inferd_bytes message;
    const char *const *headers; // name, value, …, NULL; or NULL
    stage_answer_fn *answer;
    void *user;
};

// Plays one request to its end, which must come.
void stage_play(const struct stage_request *request);

// ---- between the files of the stage

struct loop;

// stage_rpc.c: delivers replies to calls until none is left.
void stage_rpc_begin(stage_answer_fn *answer, void *user);
void stage_rpc_deliver(void);
// The loop that all share: its time stands still.
struct loop *stage_loop(void);

// stage_inbound.c
void stage_inbound_begin(struct inbound *inbound, const char *const *headers);
bool stage_inbound_ended(void);

#endif
