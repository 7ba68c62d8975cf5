// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Keeps a port for processes that listen on it themselves, each with SO_REUSEPORT: nobody else gets it while none of
// them is up. Knows nothing of what is spoken there.
#ifndef PROCESS_RESERVE_H
#define PROCESS_RESERVE_H

#include <stdbool.h>
#include <stddef.h>

#include "process/listener.h"

// Embedded; sockets that are bound and don't listen.
struct reserve {
    int fds[LISTENER_MAX_SOCKETS];
    size_t count;
    unsigned port;
};

// host "": every address. port 0: a free one. shared: another process of ours may have the port, which we succeed; else
// it must be nobody's. False with a message in error.
bool reserve_port(struct reserve *reserve, const char *host, unsigned port, bool shared, char *error, size_t size);
void reserve_end(struct reserve *reserve); // also if zeroed

#endif
