// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A table by descriptor, which are small numbers. A connection's names stay until its descriptor is another's.
#include "front/shown.h"

#include <stdlib.h>

void shown_init(struct shown *shown)
{
    *shown = (struct shown){.count = 0};
    pthread_mutex_init(&shown->lock, NULL);
}

static bool grow(struct shown *shown, size_t count)
{
    size_t larger = shown->count ? shown->count : 64;
    struct tls_names **names;

    while (larger < count)
        larger *= 2;
    names = realloc(shown->names, larger * sizeof(struct tls_names *));
    if (!names)
        return false;
    for (size_t i = shown->count; i < larger; i++)
        names[i] = NULL;
    shown->names = names;
    shown->count = larger;
    return true;
}

bool shown_note(struct shown *shown, int fd, struct tls_names *names)
{
    size_t at = (size_t)fd;
    struct tls_names *old = names;
    bool done = true;

    pthread_mutex_lock(&shown->lock);
    if (names && at >= shown->count)
        done = grow(shown, at + 1);
    if (at < shown->count) {
        old = shown->names[at];
        shown->names[at] = names;
    }
    pthread_mutex_unlock(&shown->lock);
    tls_names_free(old);
    return done;
}

const struct tls_names *shown_by(struct shown *shown, int fd)
{
    const struct tls_names *names;

    pthread_mutex_lock(&shown->lock);
    names = fd >= 0 && (size_t)fd < shown->count ? shown->names[fd] : NULL;
    pthread_mutex_unlock(&shown->lock);
    return names;
}

void shown_free(struct shown *shown)
{
    for (size_t i = 0; i < shown->count; i++)
        tls_names_free(shown->names[i]);
    free(shown->names);
    pthread_mutex_destroy(&shown->lock);
}
