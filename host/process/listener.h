// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Listening sockets: one for each address a name stands for, all on one port. Knows nothing of what is spoken on them.
#ifndef PROCESS_LISTENER_H
#define PROCESS_LISTENER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define LISTENER_MAX_SOCKETS 8
#define LISTENER_ADDRESS_SIZE 64 // a numeric address with port, terminated

struct listener {
    int fds[LISTENER_MAX_SOCKETS]; // non-blocking, close-on-exec
    size_t count;
    uint16_t port; // the one bound
};

// address: "host:port", "1.2.3.4:port", "[::1]:port", ":port" or "*:port" (every address, IPv4 and IPv6); port 0 takes
// a free one. False with what failed and how to mend it in error.
bool listener_open(struct listener *listener, const char *address, int backlog, char *error, size_t size);
void listener_close(struct listener *listener); // also after it was closed
// "127.0.0.1:8085" or "[::1]:8085"; "?" for what is no internet address. Returns text.
const char *listener_address_text(const struct sockaddr *address, socklen_t len, char *text, size_t size);

#endif
