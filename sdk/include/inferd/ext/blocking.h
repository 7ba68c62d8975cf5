// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// inferd.blocking/1: work that blocks or computes for long, on the worker's bounded pool of threads.
#ifndef INFERD_EXT_BLOCKING_H
#define INFERD_EXT_BLOCKING_H

#include <inferd/host.h>

#ifdef __cplusplus
extern "C" {
#endif

#define INFERD_EXT_BLOCKING "inferd.blocking/1"

typedef void inferd_blocking_fn(void *user);                             // [blocking]
typedef void inferd_blocking_done(struct inferd_step *step, void *user); // [loop]

struct inferd_blocking {
    uint32_t size;
    // Runs fn on a thread of the pool, then done on the loop; the step is alive until then. fn may touch what user
    // points to and the step's columns, and no function of the host but those marked [any]. INFERD_OK, or
    // INFERD_RESOURCE_EXHAUSTED where the pool's queue is full (done is not called then). [loop]
    int (*submit)(struct inferd_step *step, inferd_blocking_fn *fn, inferd_blocking_done *done, void *user);
};

#ifdef __cplusplus
}
#endif

#endif
