// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The new process's side of an upgrade: says that it could serve, and hears that the old one leaves. See upgrade.h.
//
// Threads: the master's, but for succession_find().
#ifndef PROCESS_SUCCESSION_H
#define PROCESS_SUCCESSION_H

#include <stdbool.h>
#include "process/poller.h"

struct succession {
    struct poller *poller;
    void (*take)(struct succession *succession); // the old one has left, or is gone: accept
    struct poller_watch link;
    bool under_way;
};

// The descriptor to the process that is to be succeeded, -1: there is none. Removes it from the environment. At the
// start.
int succession_find(void);
// Waits for the old one, if fd isn't -1. poller and take are set before. False: errno.
bool succession_begin(struct succession *succession, int fd);
// This process serves, but for what is named, a line each. take() follows, or the end of this process.
void succession_ready(struct succession *succession, const char *missing);
void succession_end(struct succession *succession); // also one that was not begun, if zeroed

#endif
