// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The modules of this process, loaded once with their settings.
#ifndef DAEMON_MODULES_H
#define DAEMON_MODULES_H

#include "config/settings.h"
#include "module/registry.h"

// Loads what the module path has; refusals are logged, and the daemon goes on. NULL: no memory.
struct registry *modules_load(struct settings *settings);
// Looks for modules that came into the module path since; a kind that a config asks for may be new. [control]
void modules_rescan(struct registry *registry, const struct settings *settings);
// Options that neither the host nor a module knows are problems.
void modules_check_options(const struct settings *settings, struct problems *problems);

#endif
