// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Components that are quarantined because they crashed workers: in their place stands one that fails each run, so that
// the node ends as any that fails, and the others bind to its columns as ever. Knows nothing of who decides so.
//
// Threads: the control thread.
#ifndef PLAN_QUARANTINE_H
#define PLAN_QUARANTINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "process/breadcrumb.h"

struct inferd_self;
struct module;
struct plan;
struct plan_options;

struct plan_quarantine {
    const char *model, *node; // NULL, both: every component of the module
    const char *module;       // name and version, as plan_module_text() has them
    uint32_t calls;           // where it crashed: PLAN_CALL() of enum breadcrumb_call
    const char *reason;       // for messages: "it crashed workers 3 times, …"
};

#define PLAN_CALL(call) (UINT32_C(1) << ((uint32_t)(call) >> 24))
#define PLAN_CALLS_OF_END (PLAN_CALL(BREADCRUMB_STOP) | PLAN_CALL(BREADCRUMB_DESTROY))

// "name version". Returns text.
const char *plan_module_text(const struct module *module, char text[BREADCRUMB_NAME_SIZE]);
// Whether the module's version is quarantined as a whole.
bool plan_quarantine_has_module(const struct plan_options *options, const struct module *module);
// Puts the stand-in in place of a component that may not even be made, before it is. False: no memory.
bool plan_quarantine_unmade(struct inferd_self *self, const struct plan_options *options);
// And of the others that are quarantined, once they are bound, but for those that only crash at their end: they are
// served. False: no memory.
bool plan_quarantine_bound(struct plan *plan, const struct plan_options *options);
// Of a plan that is about to end: what crashed in its end isn't ended, but left alone.
void plan_quarantine_forsake(struct plan *plan, const struct plan_options *options);

#endif
