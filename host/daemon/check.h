// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Checking configs and modules: in a child of the daemon's, which may die of it, and for `inferd --check`.
#ifndef DAEMON_CHECK_H
#define DAEMON_CHECK_H

#include "config/settings.h"
#include "daemon/bundle.h"
#include "daemon/verdict.h"

struct check;
struct resources;

// The child's main: opens the modules, compiles what the payload holds, and reports on each. The exit status.
int check_child_main(struct settings *settings);
// Tries the entries' texts in children and sets their reason, bad_graph and resources: those that they come with are
// given to the child, and what it asks for beyond them is found and it is tried again. A config that kills its child is
// refused for it, a module that does isn't opened again. Where there is no text, a child only looks at the modules, and
// only if none has so far. 'kept' (NULL: none is) is where a child is left for what is checked next. [any]
void check_bundle(struct bundle *bundle, struct verdict *verdict, struct resources *resources, char *const *argv,
                  struct check **kept, struct arena *arena);
// `inferd --check`: all of the configured source's models. The exit status: 0 all fine, 1 some refused, 2 can't read.
int check_main(struct settings *settings);

#endif
