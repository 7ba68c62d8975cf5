// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A flight is in the map from join to landing. Those who wait are told one after the other, and whatever they do then,
// such as ending their runs or leading the key themselves, happens within; so each is taken out of all lists first.
#include "run/flights.h"

#include <string.h>

#define DEEPEST 16 // landings within landings; beyond it those who wait are not asked to lead any more

struct flight {
    struct flight_party *leader;
    struct flight *next, **link; // of the leader
    struct flight_wait *waits;
    size_t key_len;
    uint8_t key[]; // scope and key
};

void flights_init(struct flights *flights)
{
    map_init(&flights->map);
    flights->landings = 0;
}

void flights_free(struct flights *flights)
{
    map_free(&flights->map);
}

static struct flight *make_flight(struct arena *arena, uint64_t scope, struct inferd_bytes key)
{
    struct flight *flight = arena_alloc(arena, sizeof(*flight) + sizeof(scope) + key.len);

    if (!flight)
        return NULL;
    flight->key_len = sizeof(scope) + key.len;
    memcpy(flight->key, &scope, sizeof(scope));
    if (key.len)
        memcpy(flight->key + sizeof(scope), key.data, key.len);
    return flight;
}

static int wait_for(struct flight *flight, struct flight_party *party, inferd_flight_landed *landed, void *user)
{
    struct flight_wait *wait = arena_alloc(party->arena, sizeof(*wait));

    if (!wait)
        return INFERD_RESOURCE_EXHAUSTED;
    *wait = (struct flight_wait){.flight = flight,
                                 .party = party,
                                 .next = flight->waits,
                                 .link = &flight->waits,
                                 .party_next = party->waits,
                                 .party_link = &party->waits,
                                 .landed = landed,
                                 .user = user};
    if (wait->next)
        wait->next->link = &wait->next;
    flight->waits = wait;
    if (wait->party_next)
        wait->party_next->party_link = &wait->party_next;
    party->waits = wait;
    return INFERD_PENDING;
}

int flights_join(struct flights *flights, struct flight_party *party, uint64_t scope, struct inferd_bytes key,
                 inferd_flight_landed *landed, void *user)
{
    struct flight *flight = make_flight(party->arena, scope, key), *found;

    if (!flight)
        return INFERD_RESOURCE_EXHAUSTED;
    found = map_find(&flights->map, flight->key, flight->key_len);
    if (found && found->leader == party)
        return INFERD_ALREADY_EXISTS;
    if (found)
        return party->broken ? INFERD_DEADLINE_EXCEEDED : wait_for(found, party, landed, user);
    if (!map_set(&flights->map, flight->key, flight->key_len, flight, NULL))
        return INFERD_RESOURCE_EXHAUSTED;
    flight->leader = party;
    flight->waits = NULL;
    flight->next = party->leads;
    flight->link = &party->leads;
    if (flight->next)
        flight->next->link = &flight->next;
    party->leads = flight;
    return INFERD_OK;
}

static void take_out(struct flight_wait *wait)
{
    *wait->link = wait->next;
    if (wait->next)
        wait->next->link = wait->link;
    *wait->party_link = wait->party_next;
    if (wait->party_next)
        wait->party_next->party_link = wait->party_link;
}

// Who joined last is told first: where the flight is aborted it leads next, and it has the most of its time left.
static void land(struct flights *flights, struct flight *flight, const struct flight_landing *landing)
{
    static const struct flight_landing too_deep = {INFERD_UNAVAILABLE, "all who were to fetch it gave up", {NULL, 0}};
    struct flight_wait *wait;

    *flight->link = flight->next;
    if (flight->next)
        flight->next->link = flight->link;
    map_remove(&flights->map, flight->key, flight->key_len);
    if (landing->status == INFERD_ABORTED && flights->landings >= DEEPEST)
        landing = &too_deep;
    flights->landings++;
    while ((wait = flight->waits)) {
        take_out(wait);
        wait->party->deliver(wait->party, wait, landing);
    }
    flights->landings--;
}

void flights_land(struct flights *flights, struct flight_party *party, uint64_t scope, struct inferd_bytes key,
                  const struct flight_landing *landing)
{
    static const struct flight_landing aborted = {INFERD_ABORTED, "who fetched it gave up", {NULL, 0}};
    uint8_t small[256];
    struct flight *flight;
    size_t len = sizeof(scope) + key.len;
    uint8_t *scoped = len <= sizeof(small) ? small : arena_alloc(party->arena, len);

    if (!scoped)
        return; // aborted when the party leaves
    memcpy(scoped, &scope, sizeof(scope));
    if (key.len)
        memcpy(scoped + sizeof(scope), key.data, key.len);
    flight = map_find(&flights->map, scoped, len);
    if (!flight || flight->leader != party)
        return;
    if (landing->status == INFERD_CANCELLED || landing->status == INFERD_DEADLINE_EXCEEDED)
        landing = &aborted;
    land(flights, flight, landing);
}

void flights_break(struct flight_party *party, const struct flight_landing *landing)
{
    struct flight_wait *wait;

    party->broken = true;
    while ((wait = party->waits)) {
        take_out(wait);
        party->deliver(party, wait, landing);
    }
}

void flights_leave(struct flights *flights, struct flight_party *party)
{
    static const struct flight_landing aborted = {INFERD_ABORTED, "who fetched it ended without it", {NULL, 0}};

    while (party->waits)
        take_out(party->waits);
    while (party->leads)
        land(flights, party->leads, &aborted);
}
