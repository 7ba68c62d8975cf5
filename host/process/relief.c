// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Relieving workers. A fresh one that dies on the way is followed by the next as in any slot, and the old one serves
// on; an old one that dies before the fresh one is there leaves its place to it all the same.
#include "process/relief.h"

#include <stddef.h>

#include "base/log.h"
#include "process/slot.h"

static struct slot *find_vacant(const struct relief *relief)
{
    for (unsigned i = 0; i < relief->count; i++) {
        if (relief->slots[i].state == SLOT_VACANT)
            return &relief->slots[i];
    }
    return NULL;
}

void relief_ask(struct relief *relief, struct slot *slot)
{
    struct slot *fresh = relief->fresh || slot->context->draining ? NULL : find_vacant(relief);

    if (!fresh)
        return;
    relief->fresh = fresh;
    fresh->relieves = slot;
    slot->relieved = true;
    slot_spawn(fresh);
    if (fresh->state == SLOT_COMING)
        log_info("worker_relief", "worker %u (pid %ld) comes to relieve worker %u (pid %ld), which serves until then",
                 fresh->index, (long)fresh->pid, slot->index, (long)slot->pid);
}

void relief_slot_ready(struct relief *relief, struct slot *slot)
{
    if (slot == relief->fresh && slot->relieves->state == SLOT_READY)
        slot_replace(slot->relieves);
}

void relief_slot_empty(struct relief *relief, struct slot *slot)
{
    if (!slot->relieved)
        return;
    relief->fresh->relieves = NULL;
    relief->fresh = NULL;
    slot_vacate(slot);
}
