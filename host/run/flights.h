// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Single flight: who fetches which key, and who waits for it. Knows parties, not steps: what they are, and how they are
// told, is their owner's. All memory is the parties' own, so a party must leave before its memory goes.
//
// Threads: all on one.
#ifndef RUN_FLIGHTS_H
#define RUN_FLIGHTS_H

#include <inferd/ext/flight.h>
#include "base/arena.h"
#include "base/map.h"

struct flight;
struct flight_party;

// What became of a key.
struct flight_landing {
    int status;
    const char *detail;
    struct inferd_bytes value;
};

// A party waits for a key. In two lists: the flight's and the party's.
struct flight_wait {
    struct flight *flight;
    struct flight_party *party;
    struct flight_wait *next, **link;             // of the flight
    struct flight_wait *party_next, **party_link; // of the party
    inferd_flight_landed *landed;
    void *user;
};

struct flight_party {
    struct flight *leads;
    struct flight_wait *waits;
    struct arena *arena;
    bool broken; // its time for waiting is over
    // Tells the party; the wait is in no list any more. Nobody touches the party afterwards.
    void (*deliver)(struct flight_party *party, const struct flight_wait *wait, const struct flight_landing *landing);
};

struct flights {
    struct map map;    // scope and key -> struct flight
    unsigned landings; // on the stack
};

void flights_init(struct flights *flights);
void flights_free(struct flights *flights); // all parties have left
// As inferd_flight.join.
int flights_join(struct flights *flights, struct flight_party *party, uint64_t scope, struct inferd_bytes key,
                 inferd_flight_landed *landed, void *user);
// As inferd_flight.land. The party's memory must outlive this, whatever those do who are told.
void flights_land(struct flights *flights, struct flight_party *party, uint64_t scope, struct inferd_bytes key,
                  const struct flight_landing *landing);
// Ends all waits of a party, which waits for nothing from then on. Its memory must outlive this.
void flights_break(struct flight_party *party, const struct flight_landing *landing);
// The party waits for nothing any more, and is not told; what it leads is aborted. Its memory must outlive this.
void flights_leave(struct flights *flights, struct flight_party *party);

#endif
