// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The old process's side of an upgrade: starts its program again with the same arguments and the listening sockets,
// waits until that serves or fails, and tells. Knows neither what serving takes nor what follows.
//
// The two talk by packets: the new one sends SUCCESSION_READY with the names of what it can't serve; the old one
// answers SUCCESSION_TAKE and leaves, or kills it.
//
// Threads: the master's.
#ifndef PROCESS_UPGRADE_H
#define PROCESS_UPGRADE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "process/poller.h"

#define SUCCESSION_VARIABLE "INFERD_SUCCESSION_FD"
#define SUCCESSION_READY 'R'
#define SUCCESSION_TAKE 'T'
#define SUCCESSION_MAX 65536

struct upgrade {
    struct poller *poller;
    char *const *argv;   // this process's own
    const char *program; // path to start; see program.h
    int64_t limit_ms;    // to be ready in
    // The new one is ready but for what is named, a line each. NULL: it may take over; else why not. malloc'd.
    char *(*judge)(struct upgrade *upgrade, const char *missing);
    void (*succeeded)(struct upgrade *upgrade);
    void (*failed)(struct upgrade *upgrade, const char *why);
    // its own
    bool under_way;
    pid_t pid;
    struct poller_watch life, link;
    struct poller_timer timer;
};

// False, with a message: it could not be started, or one is under way. Else succeeded() or failed() follows.
bool upgrade_start(struct upgrade *upgrade, char *error, size_t size);
void upgrade_end(struct upgrade *upgrade); // kills the new one, if there is one that has not taken over

#endif
