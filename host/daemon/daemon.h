// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The daemon's ways to run: master with workers, worker, or all in one process. Each returns the exit status.
#ifndef DAEMON_DAEMON_H
#define DAEMON_DAEMON_H

#include "config/settings.h"

// program: what an upgrade starts, see process/program.h; NULL: nothing.
int daemon_master(struct settings *settings, const char *program, char *const *argv);
int daemon_worker(struct settings *settings);
int daemon_single(struct settings *settings);

#endif
