// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Flights: who leads, who is told what, whatever those who are told do then.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "run/flights.h"

enum { PARTIES = 300 };

// Like a step: told within deliver(), where it may do anything.
struct party {
    struct flight_party party;
    struct arena arena;
    int told, status;
    char value[32];
    void (*then)(struct party *party, const char *key);
};

static struct flights flights;
static struct party parties[PARTIES];
static int aborted; // landings of that status

static struct inferd_bytes bytes(const char *text)
{
    return inferd_bytes_of(text);
}

static void deliver(struct flight_party *shown, const struct flight_wait *wait, const struct flight_landing *landing)
{
    struct party *party = (struct party *)shown;

    party->told++;
    party->status = landing->status;
    aborted += landing->status == INFERD_ABORTED;
    snprintf(party->value, sizeof(party->value), "%.*s", (int)landing->value.len, (const char *)landing->value.data);
    if (party->then)
        party->then(party, wait->user);
}

static int setup(void **state)
{
    (void)state;
    flights_init(&flights);
    memset(parties, 0, sizeof(parties));
    aborted = 0;
    for (int i = 0; i < PARTIES; i++) {
        arena_init(&parties[i].arena, 4096, 0);
        parties[i].party.arena = &parties[i].arena;
        parties[i].party.deliver = deliver;
    }
    return 0;
}

static void leave(struct party *party)
{
    flights_leave(&flights, &party->party);
}

static int teardown(void **state)
{
    (void)state;
    for (int i = 0; i < PARTIES; i++) {
        leave(&parties[i]);
        arena_free(&parties[i].arena);
    }
    assert_int_equal(flights.map.count, 0);
    assert_int_equal(flights.landings, 0);
    flights_free(&flights);
    return 0;
}

static int join(struct party *party, const char *key)
{
    return flights_join(&flights, &party->party, 7, bytes(key), NULL, (void *)(uintptr_t)key);
}

static void land(struct party *party, const char *key, int status, const char *value)
{
    const struct flight_landing landing = {status, "", bytes(value)};

    flights_land(&flights, &party->party, 7, bytes(key), &landing);
}

static void one_fetches_for_all(void **state)
{
    (void)state;
    assert_int_equal(join(&parties[0], "k"), INFERD_OK);
    assert_int_equal(join(&parties[0], "k"), INFERD_ALREADY_EXISTS);
    assert_int_equal(join(&parties[1], "k"), INFERD_PENDING);
    assert_int_equal(join(&parties[2], "k"), INFERD_PENDING);
    assert_int_equal(flights_join(&flights, &parties[3].party, 8, bytes("k"), NULL, NULL), INFERD_OK); // another scope
    land(&parties[1], "k", INFERD_OK, "not its to land");
    land(&parties[0], "other", INFERD_OK, "nobody's");
    assert_int_equal(parties[2].told, 0);
    land(&parties[0], "k", INFERD_OK, "v");
    land(&parties[0], "k", INFERD_OK, "again");
    for (int i = 1; i < 3; i++) {
        assert_int_equal(parties[i].told, 1);
        assert_string_equal(parties[i].value, "v");
    }
    assert_int_equal(join(&parties[4], "k"), INFERD_OK); // the next fetch
}

static void failures_are_shared_but_not_what_is_the_leaders_own(void **state)
{
    static const int given[] = {INFERD_UNAVAILABLE, INFERD_CANCELLED, INFERD_DEADLINE_EXCEEDED, INFERD_ABORTED};
    static const int told[] = {INFERD_UNAVAILABLE, INFERD_ABORTED, INFERD_ABORTED, INFERD_ABORTED};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(join(&parties[0], "k"), INFERD_OK);
        assert_int_equal(join(&parties[1], "k"), INFERD_PENDING);
        land(&parties[0], "k", given[i], "");
        assert_int_equal(parties[1].status, told[i]);
    }
}

static void join_again(struct party *party, const char *key)
{
    if (party->status == INFERD_ABORTED)
        party->told += 10 * (join(party, key) == INFERD_OK);
}

static void the_last_to_join_leads_next(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        assert_int_equal(join(&parties[i], "k"), i ? INFERD_PENDING : INFERD_OK);
        parties[i].then = join_again;
    }
    leave(&parties[0]); // without landing
    assert_int_equal(parties[1].told, 1);
    assert_int_equal(parties[2].told, 1);
    assert_int_equal(parties[3].told, 11);
    land(&parties[3], "k", INFERD_OK, "v");
    assert_string_equal(parties[1].value, "v");
    assert_string_equal(parties[2].value, "v");
}

static void nobody_waits_in_a_circle(void **state)
{
    (void)state;
    assert_int_equal(join(&parties[0], "a"), INFERD_OK);
    assert_int_equal(join(&parties[1], "b"), INFERD_OK);
    assert_int_equal(join(&parties[0], "b"), INFERD_PENDING);
    assert_int_equal(join(&parties[1], "a"), INFERD_PENDING);
    land(&parties[1], "b", INFERD_OK, "B");
    land(&parties[0], "a", INFERD_OK, "A");
    assert_string_equal(parties[0].value, "B");
    assert_string_equal(parties[1].value, "A");
}

static void end(struct party *party, const char *key)
{
    (void)key;
    leave(party);
    arena_reset(&party->arena); // as a run that is over
}

static void end_all(struct party *party, const char *key)
{
    (void)party;
    for (int i = 1; i < PARTIES; i++)
        end(&parties[i], key);
}

static void those_told_may_end(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++) {
        parties[i].then = end;
        assert_int_equal(join(&parties[i], "k"), i ? INFERD_PENDING : INFERD_OK);
        assert_int_equal(join(&parties[i], "l"), i ? INFERD_PENDING : INFERD_OK);
    }
    land(&parties[0], "k", INFERD_OK, "v");
    for (int i = 1; i < 10; i++)
        assert_int_equal(parties[i].told, 1); // and not of l
    for (int i = 1; i < 10; i++)
        assert_int_equal(join(&parties[i], "l"), INFERD_PENDING);
    parties[9].then = end_all;
    land(&parties[0], "l", INFERD_OK, "v");
    assert_int_equal(parties[9].told, 2);
    for (int i = 1; i < 9; i++)
        assert_int_equal(parties[i].told, 1);
}

static void whose_time_is_over_waits_no_more(void **state)
{
    const struct flight_landing late = {INFERD_DEADLINE_EXCEEDED, "late", {NULL, 0}};

    (void)state;
    assert_int_equal(join(&parties[0], "k"), INFERD_OK);
    assert_int_equal(join(&parties[0], "l"), INFERD_OK);
    assert_int_equal(join(&parties[1], "k"), INFERD_PENDING);
    assert_int_equal(join(&parties[1], "l"), INFERD_PENDING);
    assert_int_equal(join(&parties[1], "own"), INFERD_OK);
    assert_int_equal(join(&parties[2], "own"), INFERD_PENDING);
    flights_break(&parties[1].party, &late);
    assert_int_equal(parties[1].told, 2);
    assert_int_equal(parties[1].status, INFERD_DEADLINE_EXCEEDED);
    assert_int_equal(join(&parties[1], "k"), INFERD_DEADLINE_EXCEEDED);
    assert_int_equal(join(&parties[1], "free"), INFERD_OK);
    land(&parties[0], "k", INFERD_OK, "v");
    assert_int_equal(parties[1].told, 2);
    land(&parties[1], "own", INFERD_OK, "v"); // for others it goes on
    assert_string_equal(parties[2].value, "v");
}

static void join_again_and_give_up(struct party *party, const char *key)
{
    if (party->status == INFERD_ABORTED)
        join(party, key);
    leave(party);
}

static void a_crowd_that_gives_up_ends(void **state)
{
    (void)state;
    for (int i = 0; i < PARTIES; i++) {
        parties[i].then = join_again_and_give_up;
        assert_int_equal(join(&parties[i], "k"), i ? INFERD_PENDING : INFERD_OK);
    }
    leave(&parties[0]);
    for (int i = 1; i < PARTIES; i++)
        assert_true(parties[i].told >= 1);
}

static void give_up_within(struct party *party, const char *key)
{
    (void)key;
    leave(party); // aborts what it leads, within
}

// Each leads the key that the one before it waits for: landings within landings, to a depth that ends.
static void a_chain_that_gives_up_ends(void **state)
{
    static char keys[PARTIES][8];

    (void)state;
    for (int i = 0; i < PARTIES; i++) {
        snprintf(keys[i], sizeof(keys[i]), "k%d", i);
        parties[i].then = give_up_within;
        assert_int_equal(join(&parties[i], keys[i]), INFERD_OK);
        if (i)
            assert_int_equal(join(&parties[i], keys[i - 1]), INFERD_PENDING);
    }
    leave(&parties[0]);
    for (int i = 1; i < PARTIES; i++)
        assert_int_equal(parties[i].told, 1);
    assert_true(aborted <= 16);
}

static void no_memory_is_a_status(void **state)
{
    (void)state;
    assert_int_equal(join(&parties[0], "k"), INFERD_OK);
    parties[1].arena.limit = 1;
    assert_int_equal(join(&parties[1], "k"), INFERD_RESOURCE_EXHAUSTED);
    parties[1].arena.limit = 120; // for a flight, but not for a wait
    assert_int_equal(join(&parties[1], "k"), INFERD_RESOURCE_EXHAUSTED);
    land(&parties[0], "k", INFERD_OK, "v");
    assert_int_equal(parties[1].told, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_fetches_for_all, setup, teardown),
        cmocka_unit_test_setup_teardown(failures_are_shared_but_not_what_is_the_leaders_own, setup, teardown),
        cmocka_unit_test_setup_teardown(the_last_to_join_leads_next, setup, teardown),
        cmocka_unit_test_setup_teardown(nobody_waits_in_a_circle, setup, teardown),
        cmocka_unit_test_setup_teardown(those_told_may_end, setup, teardown),
        cmocka_unit_test_setup_teardown(whose_time_is_over_waits_no_more, setup, teardown),
        cmocka_unit_test_setup_teardown(a_crowd_that_gives_up_ends, setup, teardown),
        cmocka_unit_test_setup_teardown(a_chain_that_gives_up_ends, setup, teardown),
        cmocka_unit_test_setup_teardown(no_memory_is_a_status, setup, teardown),
    };

    return cmocka_run_group_tests_name("run/flights", tests, NULL, NULL);
}
