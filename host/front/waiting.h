// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Those who wait for a place: in which order they get one, and when they are given up. A burst is waited out; where the
// list is full, or has not been empty for as long as a burst may take, it is an overload, and nobody waits for more
// than a moment until nobody is refused any more. Knows neither calls nor limits. docs/overload.md has the reasons.
//
// Threads: the loop's. Allocates nothing: entries are embedded in what waits.
#ifndef FRONT_WAITING_H
#define FRONT_WAITING_H

#include <stdbool.h>
#include <stdint.h>

struct admission_entry {
    struct admission_entry *older, *newer; // of those that wait
    int64_t since_us;                      // when it came; once a run is under way for it, when that began
    uint32_t tenant;
};

struct waiting {
    struct admission_entry *oldest, *newest;
    uint32_t count, most;
    int64_t empty_us;    // when it was so last; of no meaning when it is
    int64_t patience_us; // how long a burst may take
    int64_t refused_us;  // when somebody was refused last
    bool overload;
};

bool waiting_is_overload(struct waiting *waiting, int64_t now_us);
void waiting_add(struct waiting *waiting, struct admission_entry *entry, int64_t now_us);
void waiting_remove(struct waiting *waiting, struct admission_entry *entry);
// Who is next; NULL: nobody waits. At first who came first; soon who came last, for then only the others come too late.
struct admission_entry *waiting_next(const struct waiting *waiting, int64_t now_us);
// When the oldest will have waited for too long: past, it has. Some must wait.
int64_t waiting_due_us(struct waiting *waiting, int64_t now_us);

#endif
