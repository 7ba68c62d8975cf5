// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Compiling a bundle's configs into plans.
#ifndef DAEMON_COMPILE_H
#define DAEMON_COMPILE_H

#include "config/settings.h"
#include "daemon/bundle.h"
#include "plan/plan.h"

struct resources;

struct compile_options {
    struct plan_options plan;
    const struct host_settings *host;
    struct resources *live; // where resources are read; NULL: only those that come with the config are there
};

struct compile_options compile_options(const struct settings *settings, const struct registry *registry,
                                       struct resources *live);
// What the bundle says is quarantined is from now on. The list is made in the arena, and lives as long.
void compile_quarantine(struct compile_options *options, const struct bundle *bundle, struct arena *arena);
// Compiles an entry's text. NULL where it is refused: entry->reason, in the arena, is its first errors in one line, and
// bad_graph is set. entry->resources becomes what was read. Warnings are logged.
struct plan *compile_entry(const struct compile_options *options, struct bundle_entry *entry, struct arena *arena);

// One text, for a tool: what it reads beside it comes from options->live, and stays in the arena, which must outlive
// the plan. NULL after problems.
struct plan *compile_once(const struct compile_options *options, const char *model, struct inferd_bytes text,
                          struct arena *arena, struct problems *problems);

#endif
