// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Calls before admission: one has its place at once, waits for it, or is refused. Knows no method.
//
// Threads: the loop's.
#ifndef FRONT_ADMIT_H
#define FRONT_ADMIT_H

#include <stdbool.h>
#include <stdint.h>
#include "front/inbound.h"

// Before anything else. [of the server]
void admit_init(struct front_server *server);
// True: a call has its place from now on, until admit_leave(). False: it was refused, or waits; then 'admitted' is
// called when it has its place, unless it is refused or cancelled first.
bool admit(struct inbound *inbound, struct inferd_bytes tenant, void (*admitted)(struct inbound *inbound));
// What came of a call that had its place is over; see admission_leave().
void admit_leave(struct inbound *inbound, struct plan_pace *pace, uint32_t of_plan, bool well);

#endif
