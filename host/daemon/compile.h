// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Compiling a bundle's configs into plans.
#ifndef DAEMON_COMPILE_H
#define DAEMON_COMPILE_H

#include "config/settings.h"
#include "daemon/bundle.h"
#include "plan/plan.h"

// One text. NULL where it is refused: the reason, in the arena, is its first errors in one line. Warnings are logged.
struct plan *compile_text(const struct plan_options *options, const char *model, struct inferd_bytes text,
                          struct arena *arena, const char **reason, bool *bad_graph);
struct plan_options compile_options(const struct settings *settings, const struct registry *registry);

#endif
