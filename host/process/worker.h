// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The worker's side of the master: a control thread that takes sockets and payloads, in their order, and hands back
// reports. A master that is gone is a reason to drain.
//
// Threads: callbacks come on the control thread; worker_ready(), worker_report() from any thread.
#ifndef PROCESS_WORKER_H
#define PROCESS_WORKER_H

#include <stdbool.h>
#include <stddef.h>

#include "process/breadcrumb.h"
#include "process/mux.h"

// The options a master adds to a worker's command line, right after argv[0]: "--worker-fd=5" "--worker-index=0".
#define WORKER_OPTION_FD "worker-fd"
#define WORKER_OPTION_INDEX "worker-index"
#define WORKER_MAX_REPORT 65536

struct worker;

struct worker_callbacks {
    // A connection to serve; fd is the callee's. Never after drain(). Whoever ends it calls shutdown(fd, SHUT_RDWR)
    // before close(): the master holds a duplicate, and only a shutdown reaches the client and the master at once.
    mux_route_fn *connection;
    // A payload; the bytes are valid until it returns. False: there is no memory for it, so it was missed.
    bool (*payload)(void *user, const void *bytes, size_t len);
    // A payload was missed, for this reason: what follows is missed, too, until the master has sent all anew, which it
    // goes on trying. Optional.
    void (*missed)(void *user, const char *why);
    // Tell clients to go, finish what is running, then exit(0). Called once. 'alone': the master is gone, so nobody
    // else listens until this process has ended, and nobody ends it if it takes too long.
    void (*drain)(void *user, bool alone);
};

// Takes the place the master gave in --worker-fd, and its breadcrumbs into use. NULL with a message in error.
struct worker *worker_attach(int fd, const struct worker_callbacks *callbacks, void *user, char *error, size_t size);
unsigned worker_index(const struct worker *worker);
// Starts the control thread: payloads come from now on, the master's snapshot first. False with a message in error.
bool worker_start(struct worker *worker, char *error, size_t size);
// Connections may come now. Once.
void worker_ready(struct worker *worker);
// At most WORKER_MAX_REPORT bytes. Waits for room in the socket if need be. False: too long, or the master is gone.
bool worker_report(struct worker *worker, const void *bytes, size_t len);
// Stops and joins the control thread: no callback comes any more, reports still go out. For a clean end after a drain.
// Not from a callback.
void worker_detach(struct worker *worker);
void worker_free(struct worker *worker); // detached

#endif
