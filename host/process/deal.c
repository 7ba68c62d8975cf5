// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Dealing connections to slots.
#include "process/deal.h"

#include "base/log.h"
#include "process/counters.h"
#include "process/slot.h"

// What a slot is good for: ready, or so soon that it isn't worth telling apart; or only when there is no such.
enum fitness { FIT_NOT, FIT_IF_NEED_BE, FIT };

static enum fitness fitness_of(const struct deal *deal, const struct slot *slot)
{
    if (deal->over || slot->waiting.count >= deal->max_waiting)
        return FIT_NOT;
    if (slot->state == SLOT_VACANT || (slot->state != SLOT_READY && slot->relieved))
        return FIT_NOT;
    if (slot->state == SLOT_READY)
        return FIT;
    // One that is to relieve another comes beside it.
    if (slot->state == SLOT_LEAVING || (slot->relieves && slot->relieves->state == SLOT_READY))
        return FIT_IF_NEED_BE;
    return slot->pause_us == 0 && !slot->late ? FIT : FIT_IF_NEED_BE;
}

static size_t load_of(const struct slot *slot)
{
    return slot->handed.count + slot->waiting.count;
}

static struct slot *choose(struct deal *deal)
{
    enum fitness best_fitness = FIT_NOT;
    struct slot *best = NULL;

    for (unsigned i = 0; i < deal->count; i++) {
        struct slot *slot = &deal->slots[(deal->turn + i) % deal->count];
        enum fitness fitness = fitness_of(deal, slot);

        if (fitness > best_fitness || (best && fitness == best_fitness && load_of(slot) < load_of(best))) {
            best = slot;
            best_fitness = fitness;
        }
    }
    if (best)
        deal->turn = best->index + 1;
    return best;
}

static void refuse(struct deal *deal, struct connection *connection)
{
    process_count(&deal->counters->refused);
    connection_close(connection);
    if (!deal->refusing && !deal->over)
        log_error("connection", "refusing connections: no worker is up and %zu wait for each already",
                  deal->max_waiting);
    deal->refusing = true;
}

void deal_connection(struct deal *deal, struct connection *connection)
{
    struct slot *slot = choose(deal);

    if (!slot) {
        refuse(deal, connection);
        return;
    }
    deal->refusing = false;
    slot_take(slot, connection);
}

void deal_again(struct deal *deal, struct slot *slot)
{
    struct connection_list waiting = {0};

    while (slot->waiting.first)
        connection_move(slot->waiting.first, &waiting);
    while (waiting.first)
        deal_connection(deal, waiting.first);
}

void deal_slot_ready(struct deal *deal)
{
    for (unsigned i = 0; i < deal->count; i++) {
        struct slot *slot = &deal->slots[i];

        if (slot->state != SLOT_READY && (slot->late || slot->pause_us > 0))
            deal_again(deal, slot);
    }
}

void deal_slot_late(struct deal *deal, struct slot *slot)
{
    for (unsigned i = 0; i < deal->count; i++) {
        if (deal->slots[i].state == SLOT_READY) {
            deal_again(deal, slot);
            return;
        }
    }
}
