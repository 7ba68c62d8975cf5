// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The heap of timers. Deadlines mostly arrive in the order in which they fall due, so that arming one is mostly an
// append; most are dropped before they fire.
#include "rpc/timers.h"
#include <stdlib.h>
#include "base/magic.h"

static void put(struct timers *timers, size_t at, struct loop_timer *timer)
{
    timers->heap[at] = timer;
    timer->slot = (uint32_t)at + 1;
}

static void sift_up(struct timers *timers, size_t at, struct loop_timer *timer)
{
    while (at > 0) {
        size_t parent = (at - 1) / 2;

        if (timers->heap[parent]->at_us <= timer->at_us)
            break;
        put(timers, at, timers->heap[parent]);
        at = parent;
    }
    put(timers, at, timer);
}

static void sift_down(struct timers *timers, size_t at, struct loop_timer *timer)
{
    for (;;) {
        size_t child = 2 * at + 1;

        if (child >= timers->count)
            break;
        if (child + 1 < timers->count && timers->heap[child + 1]->at_us < timers->heap[child]->at_us)
            child++;
        if (timer->at_us <= timers->heap[child]->at_us)
            break;
        put(timers, at, timers->heap[child]);
        at = child;
    }
    put(timers, at, timer);
}

// Puts a timer where its time belongs, starting from a place whose own timer is gone or is this one.
static void settle(struct timers *timers, size_t at, struct loop_timer *timer)
{
    if (at > 0 && timers->heap[(at - 1) / 2]->at_us > timer->at_us)
        sift_up(timers, at, timer);
    else
        sift_down(timers, at, timer);
}

static bool grow(struct timers *timers)
{
    size_t capacity = timers->capacity ? 2 * timers->capacity : 64;
    struct loop_timer **heap;

    if (capacity >= UINT32_MAX)
        return false;
    heap = realloc(timers->heap, capacity * sizeof(*heap));
    if (heap == NULL)
        return false;
    timers->heap = heap;
    timers->capacity = capacity;
    return true;
}

void timers_free(struct timers *timers)
{
    for (size_t i = 0; i < timers->count; i++)
        timers->heap[i]->slot = 0;
    free(timers->heap);
    *timers = (struct timers){0};
}

bool timers_arm(struct timers *timers, struct loop_timer *timer, int64_t at_us)
{
    if (timer->slot != 0) {
        timer->at_us = at_us;
        settle(timers, timer->slot - 1, timer);
        return true;
    }
    if (timers->count == timers->capacity && !grow(timers))
        return false;
    timer->at_us = at_us;
    sift_up(timers, timers->count++, timer);
    return true;
}

void timers_drop(struct timers *timers, struct loop_timer *timer)
{
    size_t at = timer->slot;
    struct loop_timer *last;

    if (at-- == 0)
        return;
    ALWAYS(at < timers->count && timers->heap[at] == timer);
    timer->slot = 0;
    last = timers->heap[--timers->count];
    if (last != timer)
        settle(timers, at, last);
}

struct loop_timer *timers_take(struct timers *timers, int64_t now_us)
{
    struct loop_timer *first;

    if (timers->count == 0 || timers->heap[0]->at_us > now_us)
        return NULL;
    first = timers->heap[0];
    timers_drop(timers, first);
    return first;
}

int64_t timers_next_us(const struct timers *timers)
{
    return timers->count > 0 ? timers->heap[0]->at_us : INT64_MAX;
}
