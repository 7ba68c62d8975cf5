// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What a serving process tells the others of the generations it takes: on the board, which it has and what of it it
// could not take; to its master, the latter.
//
// Threads: [control].
#ifndef DAEMON_TELLING_H
#define DAEMON_TELLING_H

#include <stddef.h>
#include <stdint.h>

struct board;
struct telling;
struct metrics;

// 'tell' (or NULL) sends a report to the master, see telling_read().
struct telling *telling_new(struct board *board, void (*tell)(void *user, const void *bytes, size_t len), void *user);
void telling_free(struct telling *telling);
// Of the generation that is being taken: a model's config could not be taken although it was found good; or it was, or
// it is gone.
void telling_failed(struct telling *telling, const char *model, const char *reason);
void telling_fine(struct telling *telling, const char *model);
// All of it was taken, but for what failed.
// Why the newest generation could not be taken; NULL: it is taken.
void telling_missed(struct telling *telling, const char *why);
void telling_taken(struct telling *telling, uint64_t generation, int64_t revision);

// How many configs of which generation a report says could not be taken.
size_t telling_count(const void *bytes, size_t len, uint64_t *generation);
// The master's side: says and counts what a worker's report says.
void telling_read(unsigned worker, const void *bytes, size_t len);

#endif
