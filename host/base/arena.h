// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Memory that is given out piece by piece and taken back all at once: a run's, a request's, a plan's. Exhaustion is a
// NULL, never a crash. Built with AddressSanitizer each piece is a malloc of its own, so that overruns are seen.
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena_block;

struct arena {
    uint32_t magic;
    uint8_t *next, *end;        // free part of the newest block
    struct arena_block *blocks; // newest first
    size_t block_size;          // of a usual block
    size_t used;                // bytes given out, each piece rounded up to the alignment
    size_t limit;               // bytes that may be given out; 0: no limit
    bool exhausted;             // an allocation failed since the last reset
};

// block_size: what is asked of malloc at a time; limit: 0 for none.
void arena_init(struct arena *arena, size_t block_size, size_t limit);
// 16-byte aligned, not zeroed; NULL on exhaustion. A size of 0 gives a valid pointer.
void *arena_alloc(struct arena *arena, size_t size);
void *arena_zalloc(struct arena *arena, size_t size);
void *arena_copy(struct arena *arena, const void *data, size_t size);
char *arena_strndup(struct arena *arena, const char *text, size_t len); // adds a terminator
char *arena_printf(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *arena, const char *format, va_list args);
// Takes everything back but keeps one usual block for the next user.
void arena_reset(struct arena *arena);
void arena_free(struct arena *arena);

#endif
