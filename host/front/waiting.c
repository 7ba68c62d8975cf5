// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Those who wait for a place.
#include "front/waiting.h"

#include <stddef.h>

#define IN_TURN_US 20000 // so long after the list was empty who came first goes first
#define OVER_US 1000000  // so long after the last one was refused it is over
#define MOMENT_US 5000   // how long one may wait in an overload

bool waiting_is_overload(struct waiting *waiting, int64_t now_us)
{
    if (waiting->count > waiting->most || (waiting->count > 0 && now_us - waiting->empty_us > waiting->patience_us)) {
        waiting->overload = true;
        waiting->refused_us = now_us;
    } else if (waiting->overload && now_us - waiting->refused_us > OVER_US) {
        waiting->overload = false;
    }
    return waiting->overload;
}

void waiting_add(struct waiting *waiting, struct admission_entry *entry, int64_t now_us)
{
    if (waiting->count++ == 0)
        waiting->empty_us = now_us;
    entry->newer = NULL;
    entry->older = waiting->newest;
    *(waiting->newest ? &waiting->newest->newer : &waiting->oldest) = entry;
    waiting->newest = entry;
}

void waiting_remove(struct waiting *waiting, struct admission_entry *entry)
{
    waiting->count--;
    *(entry->older ? &entry->older->newer : &waiting->oldest) = entry->newer;
    *(entry->newer ? &entry->newer->older : &waiting->newest) = entry->older;
}

struct admission_entry *waiting_next(const struct waiting *waiting, int64_t now_us)
{
    return now_us - waiting->empty_us > IN_TURN_US ? waiting->newest : waiting->oldest;
}

int64_t waiting_due_us(struct waiting *waiting, int64_t now_us)
{
    if (!waiting_is_overload(waiting, now_us))
        return waiting->empty_us + waiting->patience_us + 1;
    return waiting->oldest->since_us + MOMENT_US;
}
