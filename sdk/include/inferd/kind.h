// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A kind: the component type a module offers, as a table of functions. The life of a component:
//
//   create   options in, no input or output                         [control]
//   bind     declare the columns it reads and writes, get indexes   [control]
//   start    open what it needs (rpc methods, caches)               [control]
//   run      once for each run, as soon as its inputs are written   [loop]
//   stop     no run is or will be under way                         [control]
//   destroy  free everything                                        [control]
//
// create and bind also run in a process that only checks configs. All functions of one component run one after another,
// never at the same time: those marked [loop] on the worker's loop, where one function of one component runs at a time,
// those marked [control] on another thread. The loop is two threads that take turns, so keep nothing in thread-local
// variables.
// No function may call exit, longjmp out, unwind across the boundary, or block.
#ifndef INFERD_KIND_H
#define INFERD_KIND_H

#include <inferd/host.h>
#include <inferd/option.h>
#include <inferd/status.h>

#ifdef __cplusplus
extern "C" {
#endif

enum inferd_kind_flags {
    INFERD_KIND_ROOT = 1,    // shapes the matrix and provides the request's columns; runs first; one in each model
    INFERD_KIND_REQUIRED = 2 // where it fails, the run fails, unless the config says "required": false
};

struct inferd_kind {
    const char *name; // as in "<name>_components"
    const char *description;
    uint32_t flags;                // enum inferd_kind_flags
    uint32_t rank;                 // kinds in ascending rank: the order of columns where one is needed (replies, logs)
    const char *implicit;          // every model has one component of this name without configuring it, or NULL
    struct inferd_options options; // of a component: its JSON object in "<name>_components"
    struct inferd_options shared;  // members of component_config itself that concern all components of the kind

    // Makes a component of its options. 'info' lives as long as the component.
    // Errors: info->host->fail(info->self, …) with a JSON path and the mend, and its status. [control]
    int (*create)(const struct inferd_component *info, void **component);
    // Declares columns. Errors as in create. [control]
    int (*bind)(void *component, struct inferd_binder *binder);
    // Opens what runs need; NULL: nothing to do. Errors as in create. [control]
    int (*start)(void *component);
    // One step: this component in one run. INFERD_OK when its columns are written, INFERD_PENDING when it will call
    // host->complete() exactly once (even after cancel), else a status, with host->fail_step(). [loop]
    int (*run)(void *component, struct inferd_step *step);
    // The step's result is no longer wanted: hurry. Its rpc calls and timers are cancelled by the host already.
    // NULL: nothing to do. [loop]
    void (*cancel)(void *component, struct inferd_step *step);
    void (*stop)(void *component);    // NULL: nothing to do. [control]
    void (*destroy)(void *component); // frees what create made; also after a failed bind or start. [control]
};

#ifdef __cplusplus
}
#endif

#endif
