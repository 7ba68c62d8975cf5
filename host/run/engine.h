// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The run engine of a worker: what all its runs share. One per process, on one loop.
#ifndef RUN_ENGINE_H
#define RUN_ENGINE_H

#include <stddef.h>
#include <stdint.h>
#include <inferd/host.h>
#include "rpc/call.h"
#include "rpc/loop.h"
#include "run/cache.h"
#include "run/flights.h"

struct backend_tls;
struct run;
struct run_step;
struct metrics;
struct run_pool;

struct run_slot {
    struct run_step *step; // NULL: free
    uint32_t serial;
    uint32_t next_free;
};

struct run_engine {
    struct loop *loop;
    struct rpc_pool *rpc;
    const struct backend_tls *backend_tls; // NULL: none is given
    struct metrics *metrics;               // NULL: nobody looks
    struct run_cache *cache;               // NULL: no budget
    struct run_cache_counts cache_told;    // to metrics
    struct flights flights;
    struct run_pool *blocking; // made when first used
    struct run *idle;          // kept for reuse
    uint32_t idle_count;
    uint32_t under_way; // runs not yet freed
    uint64_t lots;      // drawn which runs have shadows
    struct run_slot *slots;
    uint32_t slot_count, free_slot; // free_slot: index + 1
    void (*quiet)(void *user);      // called when under_way falls to 0, if set
    void *quiet_user;
};

struct run_engine_options {
    struct loop *loop;
    size_t cache_bytes;
    struct metrics *metrics;
    const struct backend_tls *backend_tls; // stays the caller's
};

// There is one engine in a process; making a second is a bug. NULL: no memory. [control]
struct run_engine *run_engine_new(const struct run_engine_options *options);
void run_engine_free(struct run_engine *engine); // no run is under way. [control]
struct run_engine *run_engine(void);             // the process's, or NULL. [any]

// The table plugins get; also where there is no engine (config checks), for create and bind. [any]
const struct inferd_host *run_host(void);

#endif
