// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Starts this program again, by exec and never by a bare fork: libraries' state does not survive one.
#ifndef PROCESS_SPAWN_H
#define PROCESS_SPAWN_H

#include <sys/types.h>

#define SPAWN_MAX_OPTIONS 4

struct spawn_options {
    const char *program;                        // NULL: /proc/self/exe
    char *const *argv;                          // this process's own
    const char *options[SPAWN_MAX_OPTIONS + 1]; // put in after argv[0]; ends with NULL
    const int *fds;                             // what it inherits, under the same numbers; ends with -1
    char **environment;                         // NULL: this process's own
};

// Gives the child's pidfd, close-on-exec, or -1: errno. Its signal mask is this thread's.
int spawn_self(const struct spawn_options *options, pid_t *pid);

#endif
