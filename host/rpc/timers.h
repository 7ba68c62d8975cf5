// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The loop's timers: a binary heap by time. Each timer knows its place, so that dropping one needs no search. Knows no
// clock and no queue.
#ifndef RPC_TIMERS_H
#define RPC_TIMERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "rpc/loop.h"

struct timers {
    struct loop_timer **heap;
    size_t count, capacity;
};

void timers_free(struct timers *timers); // what is still armed is forgotten, not fired
// Arms, or moves to another time. False: no memory, and a timer that was armed stays as it was.
bool timers_arm(struct timers *timers, struct loop_timer *timer, int64_t at_us);
void timers_drop(struct timers *timers, struct loop_timer *timer); // one that is not armed is left alone
// Takes the earliest timer that is due, or NULL.
struct loop_timer *timers_take(struct timers *timers, int64_t now_us);
// When the next one is due; INT64_MAX: none armed.
int64_t timers_next_us(const struct timers *timers);

#endif
