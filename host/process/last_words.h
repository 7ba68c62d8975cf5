// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The last words of a process that crashes: on which trail of breadcrumbs the thread was that did it. Each thread may
// be in a plugin of its own; only the one that gets the signal knows that it was him. The signal then goes on to
// whoever had it before, a sanitizer or the kernel, as if nothing had been in between.
#ifndef PROCESS_LAST_WORDS_H
#define PROCESS_LAST_WORDS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

// In the memory that the master shares.
struct last_words {
    _Atomic uint64_t at, left; // those of the thread's trail
    _Atomic uint32_t spoken;
};

void last_words_go_to(struct last_words *words); // NULL: nobody listens
// Gives this thread, the nth, a stack for them: its own may be what overflowed.
void last_words_prepare(unsigned n);
bool last_words_read(const struct last_words *words, uint64_t *at, uint64_t *left); // false: there were none

#endif
