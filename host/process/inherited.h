// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Listening sockets that this process was started with, each under the name of who listens on it: from the process that
// it is to succeed (INFERD_LISTEN_FDS=main=5,main=6,admin=7), or from a service manager (LISTEN_FDS, LISTEN_PID,
// LISTEN_FDNAMES; see sd_listen_fds(3)). Knows nothing of what is spoken on them.
//
// Threads: at the start, before there are others.
#ifndef PROCESS_INHERITED_H
#define PROCESS_INHERITED_H

#include <stdbool.h>
#include <stddef.h>

#include "process/listener.h"

#define INHERITED_VARIABLE "INFERD_LISTEN_FDS"
#define INHERITED_NAME_SIZE 16
#define INHERITED_MAX 32

struct inherited {
    char name[INHERITED_NAME_SIZE];
    int fd;
};

// Reads the variables, removes them from the environment, and keeps the sockets from children. A service manager's
// socket has the name it was given if somebody of that name listens here ("admin", "tls"), or "main".
void inherited_read(void);
// Takes all sockets of that name. False: there are none.
bool inherited_take(const char *name, struct listener *listener);
// What nobody has taken is closed, and said.
void inherited_close_rest(void);
// Notes what is listened on, to be handed to a successor.
void inherited_note(const char *name, const struct listener *listener);
// What was noted: "main=5,main=6", and the descriptors; their number.
size_t inherited_noted(int fds[INHERITED_MAX], char *text, size_t size);

#endif
