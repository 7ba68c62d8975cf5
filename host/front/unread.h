// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Replies that clients haven't read. Each is kept until there is a window for it, which a client needn't ever give: so
// they are added up for the worker, and where that is too much, the connections that have the most are closed.
//
// Threads: on the loop.
#ifndef FRONT_UNREAD_H
#define FRONT_UNREAD_H

#include <stdbool.h>
#include <stddef.h>
#include "base/log_limit.h"

struct front_server;

// Embedded, in the server.
struct unread {
    size_t bytes;
    size_t limit;               // 0: none
    struct log_limit log_limit; // of lines, one for each connection that is closed
};

static inline bool unread_is_too_much(const struct unread *unread)
{
    return unread->limit && unread->bytes > unread->limit;
}

// Closes connections until three quarters of the limit are left.
void unread_cut(struct front_server *server);

#endif
