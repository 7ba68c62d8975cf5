// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A listening unix socket that only its owner may use. Knows nothing of what is spoken on it.
#ifndef PROCESS_LOCAL_SOCKET_H
#define PROCESS_LOCAL_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "process/listener.h"

// Embedded.
struct local_socket {
    struct listener listener; // of one socket, port 0
    char path[108];           // "": closed
    dev_t device;
    ino_t inode;
};

// Listens at an absolute path with mode 0600. It takes the place of another socket there in one step, so that there is
// never none; that of a process that still lives included, which an upgrade wants. False with a message in error.
bool local_socket_open(struct local_socket *local, const char *path, int backlog, char *error, size_t size);
// Also after it was closed, and if zeroed. The path goes, too, unless it is another process's by now.
void local_socket_close(struct local_socket *local);
// Whether the peer of a connection is root or this process's own user; uid gets who it is, (uid_t)-1 where that can't
// be told.
bool local_socket_allows(int fd, uid_t *uid);

#endif
