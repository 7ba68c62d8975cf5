// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Accepts from a listener. When descriptors run out it asks for one to be given up, or leaves connections in the
// backlog for a moment; it never spins and never stops for good. Knows nothing of what connections are for.
#ifndef PROCESS_ACCEPTOR_H
#define PROCESS_ACCEPTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/log_limit.h"
#include "process/listener.h"
#include "process/poller.h"

struct acceptor;

struct acceptor_place {
    struct poller_watch watch;
    struct acceptor *acceptor;
};

// Embedded.
struct acceptor {
    struct poller *poller;
    // fd is the callee's: non-blocking, close-on-exec.
    void (*accepted)(struct acceptor *acceptor, int fd, const struct sockaddr *peer, socklen_t peer_len);
    // A descriptor or memory is missing. True if some was set free.
    bool (*exhausted)(struct acceptor *acceptor);
    struct acceptor_place places[LISTENER_MAX_SOCKETS];
    size_t count;
    bool paused; // and said so
    struct poller_timer pause;
    struct log_limit log_limit; // of lines, one for each pause
};

// poller and the functions are set before. False: errno.
bool acceptor_start(struct acceptor *acceptor, const struct listener *listener);
// Accepts what has come so far.
void acceptor_take_rest(struct acceptor *acceptor);
void acceptor_stop(struct acceptor *acceptor); // the listener's sockets stay open

#endif
