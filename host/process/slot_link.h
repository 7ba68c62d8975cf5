// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What slot.c and slot_link.c, the two halves of a slot, know of each other.
#ifndef PROCESS_SLOT_LINK_H
#define PROCESS_SLOT_LINK_H

#include "process/slot.h"

void slot_become_ready(struct slot *slot);
// slot_link.c
void slot_flush(struct slot *slot);                                   // sends what there is room for
enum control_result slot_listen(struct slot *slot);                   // hears all that was said
void slot_serve_control(struct poller_watch *watch, uint32_t events); // the control end's watch
void slot_take_back(struct slot *slot); // after its death: what it hadn't read waits again

#endif
