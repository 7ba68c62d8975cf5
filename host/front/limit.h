// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The adaptive limit of runs under way: it grows while runs take about as long as they do when nobody is refused, and
// shrinks when they take twice as long, be it for want of CPU here or in a backend. Knows nothing of runs but what they
// took. docs/overload.md has the reasons.
//
// Threads: the loop's.
#ifndef FRONT_LIMIT_H
#define FRONT_LIMIT_H

#include <stdbool.h>
#include <stdint.h>
#include "plan/plan.h"

#define LIMIT_WINDOW_US 100000 // at least; where nothing comes and nothing ends, one goes on

struct limit {
    uint32_t value, least, most;
    uint32_t window; // its number
    int64_t window_end_us;
    uint64_t exceeded;      // windows in which somebody came beyond it: the newest in the lowest bit, this one not yet
    uint64_t shrinking;     // windows after which the limit shrank, likewise
    uint32_t probed;        // the window in which it was last looked for what is normal
    double usual_us;        // what a run takes, about, of any plan; 0: not known
    double stretch;         // sum of what runs took, as multiples of what is normal for their model
    uint32_t samples, peak; // runs ended; most under way
    uint32_t beyond;        // came when it was reached, or waits since
    bool open;              // it hasn't shrunk since it was last reached
    uint32_t probing, before; // windows left of a probe; the value before it
};

// most 0: no limit.
void limit_init(struct limit *limit, uint32_t least, uint32_t most);
// A run has ended that took so long. It is still counted among those under way, of its plan and of all. One that didn't
// end well tells nothing of what is normal.
void limit_sample(struct limit *limit, struct plan_pace *pace, int64_t took_us, uint32_t of_plan, uint32_t in_flight,
                  bool well);
// Sets the value anew where a window is over: whenever a run begins or ends, or is refused.
static inline bool limit_is_due(const struct limit *limit, int64_t now_us)
{
    return now_us >= limit->window_end_us;
}
// What has passed of the window.
static inline int64_t limit_window_us(const struct limit *limit, int64_t now_us)
{
    return now_us - (limit->window_end_us - LIMIT_WINDOW_US);
}
void limit_turn(struct limit *limit, int64_t now_us);

#endif
