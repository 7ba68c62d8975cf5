// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A table by descriptor, which are small numbers. A mark stays until its descriptor is another connection's.
#include "front/spare.h"

#include <stdlib.h>
#include <string.h>

void spare_init(struct spare *spare)
{
    *spare = (struct spare){.count = 0};
    pthread_mutex_init(&spare->lock, NULL);
}

static bool grow(struct spare *spare, size_t count)
{
    size_t larger = spare->count ? spare->count : 64;
    bool *marks;

    while (larger < count)
        larger *= 2;
    marks = realloc(spare->marks, larger * sizeof(*marks));
    if (!marks)
        return false;
    memset(marks + spare->count, 0, (larger - spare->count) * sizeof(*marks));
    spare->marks = marks;
    spare->count = larger;
    return true;
}

bool spare_note(struct spare *spare, int fd, bool is_spare)
{
    size_t at = (size_t)fd;
    bool done = true;

    if (!is_spare && !spare_any(spare))
        return true;
    pthread_mutex_lock(&spare->lock);
    if (is_spare && at >= spare->count)
        done = grow(spare, at + 1);
    if (at < spare->count)
        spare->marks[at] = is_spare;
    if (is_spare && done)
        atomic_store_explicit(&spare->any, true, memory_order_release);
    pthread_mutex_unlock(&spare->lock);
    return done;
}

bool spare_has(struct spare *spare, int fd)
{
    bool has;

    pthread_mutex_lock(&spare->lock);
    has = fd >= 0 && (size_t)fd < spare->count && spare->marks[fd];
    pthread_mutex_unlock(&spare->lock);
    return has;
}

void spare_free(struct spare *spare)
{
    free(spare->marks);
    pthread_mutex_destroy(&spare->lock);
}
