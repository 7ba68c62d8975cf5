// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The board: memory in which the daemon's processes show each other how they fare, so that any worker can answer for
// all of them. A slot for each, the master's first: a text, and how many runs still hold plans of older generations.
// Knows nothing of what a text says.
//
// Threads: a process writes its own slot only, but for board_vacate(); the text on one thread at a time, what is held
// on the loop. Reading is [any]. A reader trusts no slot: a plugin that runs wild may have written anything into it.
#ifndef DAEMON_BOARD_H
#define DAEMON_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BOARD_TEXT_MAX (1u << 20)
#define BOARD_HELD_MAX 256
#define BOARD_OTHERS UINT64_MAX // in place of a generation: all for which there was no room

struct board;

struct board_held {
    uint64_t generation;
    uint32_t plans, runs;
};

// Memory for so many slots; takes slot 0. 'fd' (NULL: not wanted) is to be handed to the others; it stays the caller's.
// NULL: errno.
struct board *board_new(unsigned slots, int *fd);
// Takes a slot, and wipes what its last process left there; fd stays the caller's. NULL: errno.
struct board *board_attach(int fd, unsigned slot);
void board_free(struct board *board);
// Another slot of the same process: with --workers 0.
struct board *board_share(struct board *board, unsigned slot);

// By the master: a slot that no process has, nor will be given soon, shows nothing. Until it is attached again.
void board_vacate(struct board *board, unsigned slot);
bool board_is_vacant(const struct board *board, unsigned slot);

void board_write(struct board *board, const char *text, size_t len);            // what is too long isn't written
void board_hold(struct board *board, uint64_t generation, int plans, int runs); // adds; negative: takes away
unsigned board_slots(const struct board *board);
char *board_read(const struct board *board, unsigned slot); // malloc'd; NULL: there is none
// Those with runs; their number.
size_t board_held(const struct board *board, unsigned slot, struct board_held held[BOARD_HELD_MAX]);

#endif
