// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A circuit breaker: after too many failures it lets no call through for a while, then a few probes, and all again when
// these did well. The caller says what time it is.
#ifndef RUN_BREAKER_H
#define RUN_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

#include "plan/policy.h"

enum breaker_state { BREAKER_CLOSED, BREAKER_OPEN, BREAKER_HALF_OPEN };
enum breaker_verdict { BREAKER_GOOD, BREAKER_BAD, BREAKER_NEITHER };

struct breaker {
    const struct plan_breaker *policy;
    enum breaker_state state;
    uint32_t epoch;   // counts changes of state: what was let through before one says nothing after it
    int64_t since_us; // of the state; closed: of the newer half of the window
    struct {
        uint32_t all, bad;
    } newer, older;           // halves of the window
    uint32_t probing, probed; // half open: probes under way, and those that did well
};

void breaker_init(struct breaker *breaker, const struct plan_breaker *policy, int64_t now_us);
// Whether a call may go; then tell what became of it, with the epoch that it went in.
bool breaker_allows(struct breaker *breaker, int64_t now_us, uint32_t *epoch);
void breaker_tell(struct breaker *breaker, int64_t now_us, uint32_t epoch, enum breaker_verdict verdict);

#endif
