// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Which connections are beyond the limit, so for health only, by the descriptor that gRPC has of them. Knows nothing of
// how many there may be.
//
// Threads: any.
#ifndef FRONT_SPARE_H
#define FRONT_SPARE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

// Embedded; zeroed is empty.
struct spare {
    pthread_mutex_t lock;
    bool *marks; // by descriptor
    size_t count;
    atomic_bool any; // there has been one
};

void spare_init(struct spare *spare);
// Before gRPC gets the descriptor. False: no memory.
bool spare_note(struct spare *spare, int fd, bool is_spare);
bool spare_has(struct spare *spare, int fd);
void spare_free(struct spare *spare);

// Whether there may be any: else nobody needs to ask.
static inline bool spare_any(struct spare *spare)
{
    return atomic_load_explicit(&spare->any, memory_order_acquire);
}

#endif
