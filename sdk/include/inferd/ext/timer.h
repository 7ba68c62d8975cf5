// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// inferd.timer/1: one-shot timers of a step. What is still armed when the step ends is dropped by the host.
#ifndef INFERD_EXT_TIMER_H
#define INFERD_EXT_TIMER_H

#include <inferd/host.h>

#ifdef __cplusplus
extern "C" {
#endif

#define INFERD_EXT_TIMER "inferd.timer/1"

// The time has come. [loop]
typedef void inferd_timer_fn(struct inferd_step *step, void *user);

struct inferd_timer_ext {
    uint32_t size;
    // Microseconds of CLOCK_MONOTONIC. [any]
    int64_t (*now_us)(void);
    // Calls fn after delay_us, never before this returns. The timer's id, or 0 on exhaustion. [loop]
    uint64_t (*after)(struct inferd_step *step, int64_t delay_us, inferd_timer_fn *fn, void *user);
    // Drops a timer; an id that fired or was dropped is ignored. [loop]
    void (*drop)(struct inferd_step *step, uint64_t id);
};

#ifdef __cplusplus
}
#endif

#endif
