// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Keeps the last good generation on disk: writes it soon after it was published, but not more often than every few
// seconds, however fast generations come, and again after a while where it couldn't be written. A disk that is slow,
// full or gone holds up nobody else.
//
// Threads: one of its own; the functions are [any].
#ifndef DAEMON_KEEPER_H
#define DAEMON_KEEPER_H

#include <stddef.h>
#include <stdint.h>

struct keeper;

struct keeper_options {
    const char *path; // see last_good.h; both must stay
    const char *origin;
    // An encoded bundle of all that is served, malloc'd, and its generation. NULL: nothing is.
    void *(*snapshot)(void *user, size_t *len, uint64_t *generation);
    void (*changed)(void *user); // what keeper_state() tells has
    void *user;
};

struct keeper_state {
    uint64_t generation; // on disk; 0: none of this process's
    char error[256];     // why a newer one isn't; ""
};

struct keeper *keeper_new(const struct keeper_options *options); // NULL: no memory, or no thread
void keeper_wake(struct keeper *keeper);                         // there is something new to be kept
void keeper_state(struct keeper *keeper, struct keeper_state *state);
void keeper_free(struct keeper *keeper); // after a last attempt to write what is new

#endif
