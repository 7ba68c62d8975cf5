// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// One process instead of a master and workers, for debuggers and sanitizers: an accepting thread with the same
// listener, mux and signals, and the same callbacks as a worker's.
//
// Threads: callbacks come on the accepting thread; inline_publish() and inline_stop() from any thread.
#ifndef PROCESS_INLINE_H
#define PROCESS_INLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "process/worker.h"

struct inline_server;

struct inline_options {
    const char *listen;
    const char *listen_tls; // NULL: nowhere
    int backlog;            // 0: 4096
    int64_t first_bytes_ms; // 0: 10,000
    int64_t drain_ms;       // after drain() the process is ended at the latest then; 0: 30,000
    size_t max_undecided;   // 0: 4096
    void *user;
    struct worker_callbacks callbacks;
    void (*reread)(void *user);        // SIGHUP. Optional.
    struct process_counters *counters; // NULL: kept inside
    bool hold;                         // connections wait in the backlog until inline_accept()
};

// Listens; connections wait in the backlog until inline_start(). NULL with a message in error.
struct inline_server *inline_new(const struct inline_options *options, char *error, size_t size);
unsigned inline_port(const struct inline_server *server);
unsigned inline_tls_port(const struct inline_server *server); // 0: none
// Signals are obeyed from now on, and connections taken, unless they are held.
bool inline_start(struct inline_server *server, char *error, size_t size);
void inline_accept(struct inline_server *server); // any thread
// Calls callbacks.payload with a copy of the bytes, in the order of the calls. False: no memory.
bool inline_publish(struct inline_server *server, const void *bytes, size_t len);
void inline_stop(struct inline_server *server); // as SIGTERM: drain() follows
// Stops and joins the accepting thread. Not from a callback.
void inline_free(struct inline_server *server);

#endif
