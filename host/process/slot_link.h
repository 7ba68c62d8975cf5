// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What the parts of a slot know of each other: slot.c (its life), slot_link.c (its socket) and slot_death.c.
#ifndef PROCESS_SLOT_LINK_H
#define PROCESS_SLOT_LINK_H

#include "process/slot.h"

void slot_become_ready(struct slot *slot);
int64_t slot_pause_us(unsigned failures); // that grows with each: 0, then from 50 ms to 5 s
// After a death: when the next one is due. 'blameless': nothing in the worker made it end.
void slot_plan_pause(struct slot *slot, bool blameless);
// slot_link.c
void slot_flush(struct slot *slot);                                   // sends what there is room for
enum control_result slot_listen(struct slot *slot);                   // hears all that was said
void slot_serve_control(struct poller_watch *watch, uint32_t events); // the control end's watch
void slot_take_back(struct slot *slot); // after its death: what it hadn't read waits again

// slot_behind.c
void slot_send_snapshot(struct slot *slot);
void slot_is_behind(struct slot *slot, const char *why, size_t len); // it could not take a payload
void slot_has_caught_up(struct slot *slot);                          // it could take a snapshot
void slot_forget_behind(struct slot *slot);                          // there is nobody any more

// slot_watch.c
void slot_watch(struct slot *slot); // a new worker
void slot_unwatch(struct slot *slot);

// slot_death.c
void slot_tell_death(struct slot *slot); // waits for the dead process, which is there already

#endif
