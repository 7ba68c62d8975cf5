// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Relief: a worker that has to go while it serves is asked to only when another one serves in its stead. For that there
// is one slot more than workers, whichever it is, and so one worker too many at most; who else has to go waits.
//
// Threads: the master's.
#ifndef PROCESS_RELIEF_H
#define PROCESS_RELIEF_H

struct slot;

// Embedded. All but one of the slots have workers; that one is vacant.
struct relief {
    struct slot *slots;
    unsigned count;
    struct slot *fresh; // whose worker is to take another one's place; NULL: none is
};

// A ready worker has to go. Nothing, if it is under way already, or another one's is; so this may be asked again.
void relief_ask(struct relief *relief, struct slot *slot);
// A slot's worker came up; is gone. The slot may be vacant after the latter.
void relief_slot_ready(struct relief *relief, struct slot *slot);
void relief_slot_empty(struct relief *relief, struct slot *slot);

#endif
