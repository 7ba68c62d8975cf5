// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The modules of this process, loaded once with their settings.
#ifndef DAEMON_MODULES_H
#define DAEMON_MODULES_H

#include "config/settings.h"
#include "module/registry.h"

struct bundle;

// A registry that fills modules' settings from ours, with no modules yet. NULL: no memory.
struct registry *modules_new(struct settings *settings);
// The same with what the module path has; refusals are logged, and the daemon goes on. NULL: no memory.
struct registry *modules_load(struct settings *settings);
// Looks for modules that came into the module path since; a kind that a config asks for may be new. Opens only files
// that were found fit to be opened, if anybody has looked at them: the bundle says. [control]
void modules_rescan(struct registry *registry, const struct settings *settings, const struct bundle *bundle);
// Options that neither the host nor a module knows are problems.
void modules_check_options(const struct settings *settings, struct problems *problems);

#endif
