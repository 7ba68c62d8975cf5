// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The admin surface: HTTP on an address of its own, answered by the process that leads, so that it is there while
// workers crash. Who may come is decided here, what they may do in admin_web.c.
//
// Threads: one that accepts, and the HTTP server's, which calls the actions. admin_take() from any.
#ifndef DAEMON_ADMIN_H
#define DAEMON_ADMIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "daemon/quarantine.h"

struct admin;
struct board;
struct metrics;

// What administrators may have done. Each returns the generation from which on it is so.
struct admin_actions {
    uint64_t (*reload)(void *user); // as SIGHUP
    uint64_t (*rescan)(void *user); // of the module path
    uint64_t (*lift)(void *user, const struct quarantine_whom *whom, unsigned *lifted);
    void *user;
};

// Listens at "unix:/path", or at "host:port" of the loopback, where who comes must show an administrator's token of the
// access file, and answers nobody yet. metrics and board may be NULL. 'succeeds': another process still answers at a
// path, which isn't taken from it before admin_serve(). NULL with a message in error.
struct admin *admin_new(const char *address, bool succeeds, const char *access_file, struct metrics *metrics,
                        struct board *board, char *error, size_t size);
// What was published, for /config to show. NULL admin is fine.
void admin_take(struct admin *admin, const void *bytes, size_t len);
void admin_reread(struct admin *admin); // the access file. [any] NULL admin is fine
// Answers from now on. False with a message in error. NULL admin is fine.
bool admin_serve(struct admin *admin, const struct admin_actions *actions, char *error, size_t size);
void admin_stop(struct admin *admin); // no action is called any more. NULL is fine
void admin_free(struct admin *admin); // stopped. NULL is fine

#endif
