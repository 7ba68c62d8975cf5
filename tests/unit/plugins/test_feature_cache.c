// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The feature kind: the cache, and fetches that several runs wait for.
#include "feature.h"

static void what_was_fetched_is_kept(void **state)
{
    struct testhost *testhost =
        open_component("feature", CACHED, "{\"cache_enabled\": true, \"cache_version\": \"v1\"}", false, NULL);
    struct testhost_run *run = start(testhost, 3, (const char *[]){"k1", "k2", "empty"});
    struct message reply = {0}, row = {0};

    (void)state;
    put_schemas(&reply, 0, 1, 2);
    put_row(&reply, "k2", 2);
    put_row(&reply, "k1", 1);
    put_text(&row, 1, "empty");
    put_text(&row, 2, "");
    put_bytes(&row, 2, BYTES(((float[]){9})));
    put_message(&reply, 4, &row);
    testhost_reply(run, 0, bytes_of(&reply));
    expect_row(run, 2, "", "9", "");
    testhost_run_free(run);
    run = start(testhost, 4, (const char *[]){"k2", "empty", "k1", "k2"});
    expect_query(run, 0, (const char *[]){"empty", NULL}); // its first feature was empty
    expect_row(run, 0, "2", "4", "k2");
    expect_row(run, 2, "1", "2", "k1");
    testhost_fail(run, 0, INFERD_UNAVAILABLE, "");
    assert_int_equal(testhost_status(run), INFERD_OK); // for most came from the cache
    expect_row(run, 3, "2", "4", "k2");
    assert_int_equal(testhost_metric(testhost, "inferflow.component.inmemorycache.request.total"), 6);
    assert_int_equal(testhost_metric(testhost, "inferflow.component.inmemorycache.request.miss.total"), 4);
    testhost_run_free(run);
    testhost_close(testhost);
}

// Numbers of several sizes, by two keys; a row is whole, one lacks a value, and one has a value of another length.
#define NUMBERS                                                                                                        \
    "{\"fs_keys\": [{\"schema\": \"item\", \"col\": \"id\"}, {\"schema\": \"user\", \"col\": \"user\"}],"              \
    " \"comp_cache_enabled\": true, \"fs_request\": {\"label\": \"ent\", \"featureGroups\": ["                         \
    "{\"label\": \"g\", \"data_type\": \"FP32\", \"features\": [\"a\", \"b\"]},"                                       \
    "{\"label\": \"t\", \"data_type\": \"INT64\", \"features\": [\"s\"]}]}}"

static struct testhost_run *ask_for_numbers(struct testhost *testhost)
{
    struct testhost_run *run = testhost_run(testhost);

    testhost_rows(run, 5);
    testhost_inline(run, T, "id", (const char *[]){"k", "ke", "k1", "k", "k"});
    testhost_inline(run, T, "user", (const char *[]){"ey", "y", "", "ey", "y"});
    testhost_start(run);
    return run;
}

static void put_numbers(struct message *reply, const char *const keys[2], float a, size_t a_size, size_t b_size)
{
    struct message row = {0};
    int64_t whole = (int64_t)a + 40;

    for (unsigned k = 0; k < 2; k++)
        put_text(&row, 1, keys[k]);
    put_bytes(&row, 2, (struct inferd_bytes){(const uint8_t *)&a, a_size});
    put_bytes(&row, 2, (struct inferd_bytes){(const uint8_t *)&a, b_size});
    put_bytes(&row, 2, (struct inferd_bytes){(const uint8_t *)&whole, 8});
    put_message(reply, 4, &row);
}

static void expect_numbers(struct testhost *testhost, struct testhost_run *run, uint64_t missing)
{
    expect_row(run, 0, "1", "1", "41");
    expect_row(run, 1, "2", "2", "42");
    expect_row(run, 2, "3", "", "43");
    expect_row(run, 3, "1", "1", "41");
    expect_row(run, 4, "4", "", "44");
    assert_int_equal(testhost_metric(testhost, "inferd.feature.missing"), missing);
    testhost_run_free(run);
}

static void numbers_are_kept_as_they_were_fetched(void **state)
{
    struct testhost *testhost = open_component("feature", NUMBERS, "{\"cache_enabled\": true}", false, NULL);
    struct testhost_run *run = ask_for_numbers(testhost);
    struct message reply = {0};

    (void)state;
    put_schemas(&reply, 0, 1, 2);
    put_numbers(&reply, (const char *[]){"k", "ey"}, 1, 4, 4);
    put_numbers(&reply, (const char *[]){"ke", "y"}, 2, 4, 4);
    put_numbers(&reply, (const char *[]){"k1", ""}, 3, 4, 3);
    put_numbers(&reply, (const char *[]){"k", "y"}, 4, 4, 0);
    assert_int_equal(testhost_calls(run), 1);
    testhost_reply(run, 0, bytes_of(&reply));
    expect_numbers(testhost, run, 2);
    run = ask_for_numbers(testhost);
    assert_int_equal(testhost_calls(run), 0);
    expect_numbers(testhost, run, 4);
    testhost_close(testhost);
}

static void both_switches_turn_the_cache_on(void **state)
{
    struct testhost *testhost = open_component("feature", CACHED, "{\"cache_enabled\": false}", false, NULL);
    struct message reply = {0};

    (void)state;
    put_schemas(&reply, 0, 1, 2);
    put_row(&reply, "k1", 1);
    for (int i = 0; i < 2; i++) {
        struct testhost_run *run = start(testhost, 1, (const char *[]){"k1"});

        assert_int_equal(testhost_calls(run), 1);
        testhost_reply(run, 0, bytes_of(&reply));
        testhost_run_free(run);
    }
    testhost_close(testhost);
}

// ---- single flight: runs that want the same keys at the same time

static struct testhost *open_shared(void)
{
    return open_component("feature", CACHED, "{\"cache_enabled\": true}", false, batches_of_two);
}

static void put_rows(struct message *reply, const char *const *keys)
{
    reply->len = 0;
    put_schemas(reply, 0, 1, 2);
    for (float number = 1; *keys; keys++, number++)
        put_row(reply, *keys, number);
}

static void keys_under_way_are_not_asked_for_again(void **state)
{
    struct testhost *testhost = open_shared();
    struct testhost_run *first = start(testhost, 2, (const char *[]){"k1", "k2"});
    struct testhost_run *second = start(testhost, 3, (const char *[]){"k2", "k3", "k2"});
    struct testhost_run *third = start(testhost, 2, (const char *[]){"k1", "k3"});
    struct message reply = {0};

    (void)state;
    assert_int_equal(testhost_calls(second), 1);
    expect_query(second, 0, (const char *[]){"k3", NULL});
    assert_int_equal(testhost_calls(third), 0);
    assert_int_equal(testhost_status(third), INFERD_PENDING);
    put_rows(&reply, (const char *[]){"k2", "k1", NULL});
    testhost_reply(first, 0, bytes_of(&reply));
    assert_int_equal(testhost_status(first), INFERD_OK);
    testhost_run_free(first); // what the others have of it is their own
    assert_int_equal(testhost_status(second), INFERD_PENDING);
    put_rows(&reply, (const char *[]){"k3", NULL});
    testhost_reply(second, 0, bytes_of(&reply));
    assert_int_equal(testhost_status(second), INFERD_OK);
    assert_int_equal(testhost_status(third), INFERD_OK);
    expect_row(second, 0, "1", "2", "k2");
    expect_row(second, 1, "1", "2", "k3");
    expect_row(second, 2, "1", "2", "k2");
    expect_row(third, 0, "2", "4", "k1");
    expect_row(third, 1, "1", "2", "k3");
    assert_int_equal(testhost_metric(testhost, "inferflow.external.api.request.batch"), 3);
    testhost_run_free(second);
    testhost_run_free(third);
    testhost_close(testhost);
}

static void without_the_cache_everybody_asks(void **state)
{
    struct testhost *testhost = open_component("feature", CACHED, NULL, false, NULL);
    struct testhost_run *first = start(testhost, 1, (const char *[]){"k1"});
    struct testhost_run *second = start(testhost, 1, (const char *[]){"k1"});

    (void)state;
    assert_int_equal(testhost_calls(first), 1);
    assert_int_equal(testhost_calls(second), 1);
    testhost_run_free(first);
    testhost_run_free(second);
    testhost_close(testhost);
}

static void a_failed_fetch_fails_all_who_wait(void **state)
{
    struct testhost *testhost = open_shared();
    struct testhost_run *first = start(testhost, 2, (const char *[]){"k1", "k2"});
    struct testhost_run *second = start(testhost, 2, (const char *[]){"k1", "k3"});
    struct testhost_run *third = start(testhost, 1, (const char *[]){"k2"});
    const struct testhost_row_error *errors;
    struct message reply = {0};

    (void)state;
    testhost_fail(first, 0, INFERD_UNAVAILABLE, "gone fishing");
    assert_int_equal(testhost_status(first), INFERD_UNAVAILABLE);
    assert_int_equal(testhost_status(third), INFERD_UNAVAILABLE); // all that it wanted failed
    assert_string_equal(testhost_message(third), testhost_message(first));
    put_rows(&reply, (const char *[]){"k3", NULL});
    testhost_reply(second, 0, bytes_of(&reply));
    assert_int_equal(testhost_status(second), INFERD_OK);
    assert_int_equal(testhost_row_errors(second, &errors), 1);
    assert_int_equal(errors[0].first, 0);
    assert_non_null(strstr(errors[0].message, "store:77: UNAVAILABLE: gone fishing"));
    expect_row(second, 1, "1", "2", "k3");
    testhost_run_free(first);
    testhost_run_free(second);
    testhost_run_free(third);
    testhost_close(testhost);
}

static void a_row_left_out_is_left_out_for_all(void **state)
{
    struct testhost *testhost = open_shared();
    struct testhost_run *first = start(testhost, 2, (const char *[]){"k1", "k2"});
    struct testhost_run *second = start(testhost, 1, (const char *[]){"k1"});
    const struct testhost_row_error *errors;
    struct message reply = {0};

    (void)state;
    put_rows(&reply, (const char *[]){"k2", NULL});
    testhost_reply(first, 0, bytes_of(&reply));
    assert_int_equal(testhost_status(second), INFERD_OK);
    assert_int_equal(testhost_row_errors(second, &errors), 1);
    assert_int_equal(errors[0].status, INFERD_NOT_FOUND);
    testhost_run_free(first);
    testhost_run_free(second);
    testhost_close(testhost);
}

static void values_that_are_not_kept_are_shared(void **state)
{
    struct testhost *testhost = open_shared();
    struct testhost_run *first = start(testhost, 1, (const char *[]){"k1"});
    struct testhost_run *second = start(testhost, 1, (const char *[]){"k1"}), *third;
    struct message reply = {0}, row = {0};

    (void)state;
    put_schemas(&reply, 0, 1, 2);
    put_text(&row, 1, "k1");
    put_text(&row, 2, "");
    put_bytes(&row, 2, BYTES(((float[]){9})));
    put_text(&row, 2, "x");
    put_message(&reply, 4, &row);
    testhost_reply(first, 0, bytes_of(&reply));
    expect_row(second, 0, "", "9", "x");
    third = start(testhost, 1, (const char *[]){"k1"});
    assert_int_equal(testhost_calls(third), 1); // its first feature was empty
    testhost_run_free(first);
    testhost_run_free(second);
    testhost_run_free(third);
    testhost_close(testhost);
}

// The first run is cancelled: another one takes over what it was to fetch, in one call, and the rest wait for that.
static void what_a_cancelled_run_gives_up_is_taken_over(void **state)
{
    struct testhost *testhost = open_shared();
    struct testhost_run *first = start(testhost, 2, (const char *[]){"k1", "k2"});
    struct testhost_run *second = start(testhost, 2, (const char *[]){"k1", "k2"});
    struct testhost_run *third = start(testhost, 3, (const char *[]){"k2", "k3", "k1"});
    struct message reply = {0};

    (void)state;
    testhost_run_free(first); // cancels its call; the last who came has the most time left
    assert_int_equal(testhost_calls(second), 0);
    assert_int_equal(testhost_calls(third), 2);
    expect_query(third, 0, (const char *[]){"k3", NULL});
    put_rows(&reply, (const char *[]){"k3", NULL});
    testhost_reply(third, 0, bytes_of(&reply));
    assert_int_equal(testhost_status(third), INFERD_PENDING);
    expect_query(third, 1, (const char *[]){"k1", "k2", NULL});
    put_rows(&reply, (const char *[]){"k1", "k2", NULL});
    testhost_reply(third, 1, bytes_of(&reply));
    assert_int_equal(testhost_status(second), INFERD_OK);
    assert_int_equal(testhost_status(third), INFERD_OK);
    expect_row(second, 0, "1", "2", "k1");
    expect_row(third, 0, "2", "4", "k2");
    expect_row(third, 1, "1", "2", "k3");
    expect_row(third, 2, "1", "2", "k1");
    testhost_run_free(second);
    testhost_run_free(third);
    testhost_close(testhost);
}

static void waits_end_with_their_runs_time(void **state)
{
    struct testhost *testhost = open_shared();
    struct testhost_run *first = start(testhost, 1, (const char *[]){"k1"});
    struct testhost_run *second = start(testhost, 1, (const char *[]){"k1"});
    struct testhost_run *third = start(testhost, 1, (const char *[]){"k1"});
    struct message reply = {0};

    (void)state;
    testhost_end_waits(second, INFERD_DEADLINE_EXCEEDED);
    assert_int_equal(testhost_status(second), INFERD_DEADLINE_EXCEEDED);
    testhost_end_waits(third, INFERD_CANCELLED);
    assert_int_equal(testhost_status(third), INFERD_CANCELLED);
    put_rows(&reply, (const char *[]){"k1", NULL});
    testhost_reply(first, 0, bytes_of(&reply));
    expect_row(first, 0, "1", "2", "k1");
    testhost_run_free(first);
    testhost_run_free(second);
    testhost_run_free(third);
    testhost_close(testhost);
}

static void a_leader_that_cannot_call_lands_all_the_same(void **state)
{
    struct testhost *testhost = open_shared();
    struct testhost_run *first = start(testhost, 1, (const char *[]){"k1"}), *second = testhost_run(testhost);
    struct testhost_run *third;

    (void)state;
    testhost_rows(second, 1);
    testhost_inline(second, T, "id", (const char *[]){"k1"});
    testhost_limit_calls(second, 0);
    assert_int_equal(testhost_start(second), INFERD_PENDING);
    third = start(testhost, 1, (const char *[]){"k1"});
    testhost_run_free(first); // third is told first and leads, second waits again
    assert_int_equal(testhost_calls(third), 1);
    testhost_run_free(third); // second leads, but can't call
    assert_int_equal(testhost_status(second), INFERD_RESOURCE_EXHAUSTED);
    testhost_run_free(second);
    testhost_close(testhost);
}

// Runs that begin, are answered, fail, are cancelled and go in any order: each ends, and with its own keys' values.
static void any_order_ends_well(void **state)
{
    enum { RUNS = 12, ROUNDS = 4000 };
    static const char *const keys[] = {"k1", "k2", "k3", "k4", "k5", "k6"};
    struct testhost *testhost = open_shared();
    struct testhost_run *runs[RUNS] = {NULL};
    uint32_t random = 1;

    (void)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        unsigned slot = (random = random * 1664525 + 1013904223) >> 20 & 0xff, act = random >> 12 & 7;
        struct testhost_run *run = runs[slot %= RUNS];

        if (!run) {
            const char *ids[3];

            for (unsigned i = 0; i < 3; i++)
                ids[i] = keys[(random >> (4 * i + 3)) % 6];
            runs[slot] = start(testhost, 3, ids);
            continue;
        }
        if (testhost_status(run) == INFERD_PENDING && act > 1) {
            for (size_t i = 0; i < testhost_calls(run); i++) {
                struct message reply = {0};

                if (testhost_call(run, i)->answered)
                    continue;
                put_schemas(&reply, 2, 1, 0); // their first feature is empty, so nothing is kept
                for (size_t k = 0; k < 6; k++) {
                    struct message row = {0};

                    put_text(&row, 1, keys[k]);
                    put_text(&row, 2, keys[k]);
                    put_bytes(&row, 2, BYTES(((float[]){(float)k})));
                    put_text(&row, 2, "");
                    put_message(&reply, 4, &row);
                }
                if (act == 2)
                    testhost_fail(run, i, INFERD_DEADLINE_EXCEEDED, "");
                else
                    testhost_reply(run, i, bytes_of(&reply));
                break;
            }
        }
        if (testhost_status(run) == INFERD_OK)
            for (uint32_t r = 0; r < 3; r++)
                if (!testhost_row_failed(run, T, r))
                    assert_string_equal(testhost_text(run, T, "ent:t:s", r), testhost_text(run, T, "id", r));
        if (testhost_status(run) != INFERD_PENDING || act == 1) {
            testhost_run_free(run);
            runs[slot] = NULL;
        }
    }
    for (unsigned i = 0; i < RUNS; i++)
        testhost_run_free(runs[i]);
    testhost_close(testhost);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_fetched_is_kept),
        cmocka_unit_test(numbers_are_kept_as_they_were_fetched),
        cmocka_unit_test(both_switches_turn_the_cache_on),
        cmocka_unit_test(keys_under_way_are_not_asked_for_again),
        cmocka_unit_test(without_the_cache_everybody_asks),
        cmocka_unit_test(a_failed_fetch_fails_all_who_wait),
        cmocka_unit_test(a_row_left_out_is_left_out_for_all),
        cmocka_unit_test(values_that_are_not_kept_are_shared),
        cmocka_unit_test(what_a_cancelled_run_gives_up_is_taken_over),
        cmocka_unit_test(waits_end_with_their_runs_time),
        cmocka_unit_test(a_leader_that_cannot_call_lands_all_the_same),
        cmocka_unit_test(any_order_ends_well),
    };

    return cmocka_run_group_tests_name("feature_cache", tests, NULL, NULL);
}
