// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Checking configs: in a child of the daemon's, which may die of it, and for `inferd --check`.
#ifndef DAEMON_CHECK_H
#define DAEMON_CHECK_H

#include "config/settings.h"
#include "daemon/bundle.h"

// The child's main: compiles what the payload holds, reports on each model. The exit status.
int check_child_main(struct settings *settings);
// Tries the entries' texts in children and sets their reason and bad_graph. A config that kills its child is refused
// for it. [any]
void check_entries(struct bundle *bundle, char *const *argv, struct arena *arena);
// `inferd --check`: all of the configured source's models. The exit status: 0 all fine, 1 some refused, 2 can't read.
int check_main(struct settings *settings);

#endif
