// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Dealing connections to slots.
#include "process/deal.h"

#include "base/clock.h"
#include "base/log.h"
#include "process/connection.h"
#include "process/counters.h"
#include "process/slot.h"

#define SAY_US 10000000 // refusals are told of as often at most
#define SPARE 8         // connections of each slot beyond the limit, for health
#define CUT_US 125000   // one gives way to another as often at most: they have a second or so then

// What a slot is good for: ready, or so soon that it isn't worth telling apart; or only when there is no such.
enum fitness { FIT_NOT, FIT_IF_NEED_BE, FIT };

static size_t http2_of(const struct slot *slot)
{
    return slot->handed.http2 + slot->waiting.http2;
}

static enum fitness fitness_of(const struct deal *deal, const struct slot *slot, bool http2)
{
    if (deal->over || slot->waiting.count >= deal->max_waiting || (http2 && http2_of(slot) >= deal->max_http2))
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

static struct slot *choose(struct deal *deal, bool http2)
{
    enum fitness best_fitness = FIT_NOT;
    struct slot *best = NULL;

    for (unsigned i = 0; i < deal->count; i++) {
        struct slot *slot = &deal->slots[(deal->turn + i) % deal->count];
        enum fitness fitness = fitness_of(deal, slot, http2);

        if (fitness > best_fitness || (best && fitness == best_fitness && load_of(slot) < load_of(best))) {
            best = slot;
            best_fitness = fitness;
        }
    }
    if (best)
        deal->turn = best->index + 1;
    return best;
}

static struct connection *oldest_spare(const struct slot *slot)
{
    struct connection *connection = slot->handed.spare ? slot->handed.first : NULL;

    while (connection && !connection->spare)
        connection = connection->next;
    return connection;
}

// Where a connection beyond the limit may go: health is to be had however many others there are. The oldest of these
// gives way, for who is asked for its health is asked at once. NULL: nowhere now.
static struct slot *choose_spare(struct deal *deal)
{
    int64_t now = clock_now_us();
    struct slot *slot = NULL;

    for (unsigned i = 0; i < deal->count && !slot; i++) {
        struct slot *next = &deal->slots[(deal->turn + i) % deal->count];

        if (next->state == SLOT_READY && fitness_of(deal, next, false) == FIT &&
            next->handed.spare + next->waiting.spare < SPARE)
            slot = next;
    }
    for (unsigned i = 0; i < deal->count && !slot && now - deal->cut_us >= CUT_US; i++) {
        struct slot *next = &deal->slots[(deal->turn + i) % deal->count];
        struct connection *oldest = next->state == SLOT_READY ? oldest_spare(next) : NULL;

        if (!oldest || fitness_of(deal, next, false) != FIT)
            continue;
        connection_cut(oldest);
        deal->cut_us = now;
        slot = next;
    }
    if (slot)
        deal->turn = slot->index + 1;
    return slot;
}

static size_t count_files(const struct deal *deal)
{
    size_t count = 0;

    for (unsigned i = 0; i < deal->count; i++)
        count += deal->slots[i].handed.files + deal->slots[i].waiting.files;
    return count;
}

// Whether it's time to say again that some are refused.
static bool is_news(struct deal *deal)
{
    int64_t now = clock_now_us();

    if (deal->over || (deal->said_us && now - deal->said_us < SAY_US))
        return false;
    deal->said_us = now;
    return true;
}

// HTTP/2 clients that are told why, by a GOAWAY, take the connection for a good one that has ended, and come again at
// once; one that ends before a word was said they take for a server that isn't there, and wait longer each time.
static void refuse(struct deal *deal, struct connection *connection, _Atomic uint64_t *reason)
{
    struct process_counters *counters = deal->counters;

    process_count(reason);
    connection_turn_away(connection);
    if (!is_news(deal))
        return;
    if (reason == &counters->refused_limit)
        log_warning("connection", "refusing gRPC connections: each worker has %zu (--max-connections)",
                    deal->max_http2);
    else if (reason == &counters->refused_files)
        log_error("connection",
                  "refusing connections: those of gRPC may have %zu descriptors, and the last descriptors are for "
                  "none; raise the limit of open files (ulimit -n, LimitNOFILE=)",
                  deal->max_http2_all);
    else
        log_error("connection", "refusing connections: no worker is up and %zu wait for each already",
                  deal->max_waiting);
}

void deal_connection(struct deal *deal, struct connection *connection)
{
    struct process_counters *counters = deal->counters;
    bool http2 = connection->protocol != MUX_HTTP1;
    bool crowded = connection->watch.fd >= deal->max_fd || (http2 && count_files(deal) >= deal->max_http2_all);
    struct slot *slot;

    connection_mark(connection, false);
    slot = crowded ? NULL : choose(deal, http2);
    if (!slot && http2 && connection->watch.fd < deal->max_fd && !deal->over) {
        slot = choose_spare(deal);
        connection_mark(connection, slot != NULL);
        if (slot)
            process_count(&counters->spare);
    }
    if (slot)
        slot_take(slot, connection);
    else if (crowded && !deal->over)
        refuse(deal, connection, &counters->refused_files);
    else
        refuse(deal, connection, http2 && choose(deal, false) ? &counters->refused_limit : &counters->refused);
}

void deal_again(struct deal *deal, struct slot *slot)
{
    struct connection_list waiting = {0};

    while (slot->waiting.first)
        connection_move(slot->waiting.first, &waiting);
    while (waiting.first)
        deal_connection(deal, waiting.first);
}

static bool is_first(const struct deal *deal, const struct slot *ready)
{
    bool first = true;

    for (unsigned i = 0; i < deal->count; i++)
        first = first && (&deal->slots[i] == ready || deal->slots[i].state != SLOT_READY);
    return first;
}

// The others began when the first did and compile the same configs, so they follow at its heels, however long that
// took. Clients that have waited for somebody to be ready come now, and stay where they come to.
void deal_slot_ready(struct deal *deal, const struct slot *ready)
{
    bool first = is_first(deal, ready);

    for (unsigned i = 0; i < deal->count; i++) {
        struct slot *slot = &deal->slots[i];

        if (first && slot->state == SLOT_COMING)
            slot_await(slot);
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
