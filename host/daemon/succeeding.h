// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Upgrades, as far as models go: when a new process may take over, and what becomes of the old one. Knows nothing of
// processes and sockets, which are process/'s.
//
// Threads: the master's.
#ifndef DAEMON_SUCCEEDING_H
#define DAEMON_SUCCEEDING_H

#include <stdbool.h>
#include <stddef.h>
#include "process/master.h"

struct publisher;

struct succeeding {
    struct master *master;
    struct publisher *publisher;
    unsigned workers;
    bool succeeds; // this process is the new one
    bool *serving; // by worker: it has taken a generation
    unsigned serving_count;
    char *failed; // models that a worker could not take, a line each; NULL: none
};

// New: reads a worker's report. When each worker has taken a generation, the old process is told.
void succeeding_hear(struct succeeding *succeeding, unsigned worker, const void *bytes, size_t len);
void succeeding_took_over(struct succeeding *succeeding);
// Old: why a process that misses these models may not take over, malloc'd; NULL: it may.
char *succeeding_judge(const struct succeeding *succeeding, const char *missing);
void succeeding_upgrade(const struct succeeding *succeeding, enum master_upgrade what, pid_t pid, const char *why);
void succeeding_free(struct succeeding *succeeding);

#endif
