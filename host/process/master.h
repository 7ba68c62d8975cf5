// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The master: listens, tells protocols apart, spawns and watches the workers and hands them sockets and payloads.
// Serves nothing itself, and knows neither what a payload says nor what a worker does with a connection.
//
// Threads: master_run() is the accepting thread and calls all callbacks; master_publish() and master_stop() may be
// called from any thread. signals_prepare() (signals.h) comes before the first thread of the process.
#ifndef PROCESS_MASTER_H
#define PROCESS_MASTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "process/breadcrumb.h"

#define DRAIN_DEFAULT_MS 30000

struct master;
struct process_counters;

// Why a worker is no more.
struct master_death {
    unsigned worker;
    pid_t pid;
    int signal;                     // 0: it exited
    int exit_status;                // if it did
    bool was_ready;                 // or it died coming up
    bool stuck;                     // killed, because it was there for too long
    int64_t pause_us;               // until the next one comes; 0: at once
    const struct breadcrumb *crumb; // where it was, or had been last if it crashed; NULL: in no plugin
};

enum master_upgrade { MASTER_UPGRADE_BEGUN, MASTER_UPGRADE_FAILED, MASTER_UPGRADE_DONE };

struct master_options {
    const char *listen;     // see listener.h; sockets that were inherited for "main" are used instead
    const char *listen_tls; // the same for TLS, and "tls"; NULL: nowhere
    unsigned workers;       // at least 1; their numbers go up to that of 'workers' itself, see relief.h
    // This process's own arguments; workers get them with the options of worker.h put in after the first.
    char *const *argv;
    const char *program;    // NULL: /proc/self/exe
    int backlog;            // of the listening sockets; 0: 4096
    int64_t first_bytes_ms; // how long a connection may say nothing; 0: 10,000
    int64_t drain_ms;       // how long a drain may take before workers are killed; 0: 30,000
    // Deaths in a row, each within 10 s of being ready, after which the next worker comes at once; from then on it
    // comes after a pause that doubles from 50 ms to 5 s. 0: 3
    unsigned quick_restarts;
    // Connections wait for a worker that comes up, though others could take them, for so long. 0: 1000
    int64_t late_ms;
    int64_t stuck_ms;      // a worker that is in one call into a plugin for so long is killed; 0: never
    size_t memory_limit;   // bytes of its own that a worker may have before it is replaced; 0: any number
    size_t max_undecided;  // connections whose protocol isn't known yet; 0: 4096
    size_t max_queued;     // connections that wait for one worker that is coming up; 0: 1024
    size_t max_http2;      // connections of HTTP/2 of a worker; 0: any number
    const char *successor; // program that SIGUSR2 starts, see program.h. NULL: none
    int64_t upgrade_ms;    // in which it must be ready; 0: 60,000
    int succession_fd;     // to the process that this one is to succeed, see succession.h; 0 or less: none
    void *user;
    // A successor is ready but for what is named, a line each: NULL if it may take over, else why not, malloc'd.
    char *(*judge)(void *user, const char *missing);
    // The process that was started, 0: none; why: where it failed. Optional.
    void (*upgrade)(void *user, enum master_upgrade what, pid_t pid, const char *why);
    // The drain begins; 'succeeded': another process has taken over. Optional.
    void (*leaving)(void *user, bool succeeded);
    void (*took_over)(void *user); // from the process that was to be succeeded. Optional.
    // The payload a new worker gets first, before any connection and before anything published later: malloc'd, freed
    // by the master; NULL: none yet. It must cover everything that was published before; what is published while it is
    // made may come again, so payloads should carry a number. Optional.
    void *(*snapshot)(void *user, size_t *len);
    void (*reread)(void *user);                                                 // SIGHUP. Optional.
    void (*report)(void *user, unsigned worker, const void *bytes, size_t len); // from worker_report(). Optional.
    void (*ready)(void *user, unsigned worker, pid_t pid);                      // after worker_ready(). Optional.
    void (*died)(void *user, const struct master_death *death);                 // not when draining. Optional.
    // A worker's number is nobody's now: the worker that took its place has another one. Optional.
    void (*vacated)(void *user, unsigned worker);
    struct process_counters *counters; // NULL: kept inside
};

// Opens the listeners, so that a port in use is told before anything else starts. The options are copied, what they
// point to must stay. NULL with a message in error.
struct master *master_new(const struct master_options *options, char *error, size_t size);
unsigned master_port(const struct master *master);
unsigned master_tls_port(const struct master *master); // 0: none
// Spawns the workers and runs until SIGTERM, SIGINT or master_stop() and the drain they begin are over (a second signal
// cuts it short). Returns the exit status for main().
int master_run(struct master *master);
// Sends the bytes to every worker, in the order of the calls; they are copied. False: no memory or descriptors (errno).
bool master_publish(struct master *master, const void *bytes, size_t len);
// For a process that is to succeed another: all workers serve, but for what is named, a line each. Only once, and from
// a callback.
void master_can_serve(struct master *master, const char *missing);
void master_stop(struct master *master); // as SIGTERM
void master_free(struct master *master);

#endif
