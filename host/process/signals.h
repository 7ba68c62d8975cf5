// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The signals of the daemon's processes. Knows nothing of what they lead to.
#ifndef PROCESS_SIGNALS_H
#define PROCESS_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

#include "process/poller.h"

// Blocks SIGTERM, SIGINT, SIGHUP, SIGUSR2 in this thread and those it will start, ignores SIGPIPE and SIGXFSZ and
// restores SIGCHLD. First thing in main(), before any thread: in the master they are read from a descriptor, in a
// worker they stay blocked (the master tells it what to do; a terminal's Ctrl-C or a supervisor's SIGTERM to the whole
// group must not cut its drain short).
void signals_prepare(void);
// Undoes the blocking in this thread and those it will start: for commands that a terminal's Ctrl-C may end.
void signals_restore(void);

// Reads them on a poller, for whoever leads. Embedded.
struct signals {
    struct poller *poller;
    void (*stop)(struct signals *signals, const char *by); // SIGTERM, SIGINT
    void (*reread)(struct signals *signals);               // SIGHUP
    void (*upgrade)(struct signals *signals);              // SIGUSR2
    struct poller_watch watch;
};

// poller and the functions are set before. False: errno.
bool signals_start(struct signals *signals);
void signals_stop(struct signals *signals); // also one that was not started, if zeroed

// "SIGSEGV"; "signal 77" where it has no name. Not for several threads at once with the same text.
const char *signals_name(int signal, char *text, unsigned long size);

#endif
