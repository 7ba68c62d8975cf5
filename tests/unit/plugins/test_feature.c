// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The feature kind: queries, replies, keys, configs, and doing without memory.
#include "feature.h"

static void equal_keys_are_asked_for_once_in_batches(void **state)
{
    struct testhost *testhost = open_component("feature", TWO_GROUPS, NULL, false, batches_of_two);
    struct testhost_run *run = start(testhost, 6, (const char *[]){"k1", "k1", "k2", "k3", "k1", "k2"});
    struct message first = {0}, second = {0};

    (void)state;
    assert_int_equal(testhost_calls(run), 2);
    expect_query(run, 0, (const char *[]){"k1", "k2", NULL});
    expect_query(run, 1, (const char *[]){"k3", NULL});
    assert_string_equal(testhost_call(run, 0)->address, "store:77");
    assert_string_equal(testhost_call(run, 0)->path, "/retrieve.FeatureService/RetrieveFeatures");
    assert_int_equal(testhost_call(run, 0)->timeout_ms, 33);
    assert_false(testhost_call(run, 0)->tls);
    assert_string_equal(testhost_call_header(testhost_call(run, 0), "online-feature-store-caller-id"), "inferflow");
    assert_string_equal(testhost_call_header(testhost_call(run, 0), "online-feature-store-auth-token"), "inferflow");
    put_schemas(&second, 0, 1, 2);
    put_row(&second, "k3", 3);
    testhost_reply(run, 1, bytes_of(&second));
    assert_int_equal(testhost_status(run), INFERD_PENDING);
    put_schemas(&first, 0, 1, 2);
    put_row(&first, "k1", 1);
    put_row(&first, "k2", 2);
    testhost_reply(run, 0, bytes_of(&first));
    assert_int_equal(testhost_status(run), INFERD_OK);
    expect_row(run, 0, "1", "2", "k1");
    expect_row(run, 1, "1", "2", "k1");
    expect_row(run, 3, "3", "6", "k3");
    expect_row(run, 4, "1", "2", "k1");
    expect_row(run, 5, "2", "4", "k2");
    assert_int_equal(testhost_metric(testhost, "inferflow.component.feature.count"), 9);
    testhost_run_free(run);
    testhost_close(testhost);
}

static void rows_go_by_their_keys_and_columns_by_their_index(void **state)
{
    struct testhost *testhost = open_component("feature", TWO_GROUPS, NULL, false, NULL);
    struct testhost_run *run = start(testhost, 3, (const char *[]){"k1", "k2", "k3"});
    struct message reply = {0};

    (void)state;
    put_row(&reply, "k3", 3); // before the schemas, too
    put_schemas(&reply, 1, 0, 2);
    put_row(&reply, "nobody", 9);
    put_row(&reply, "k1", 1);
    put_row(&reply, "k2", 2);
    testhost_reply(run, 0, bytes_of(&reply));
    assert_int_equal(testhost_status(run), INFERD_OK);
    expect_row(run, 0, "2", "1", "k1");
    expect_row(run, 1, "4", "2", "k2");
    expect_row(run, 2, "6", "3", "k3");
    testhost_run_free(run);
    testhost_close(testhost);
}

static void keys_may_stand_behind_the_columns(void **state)
{
    struct testhost *testhost = open_component("feature", TWO_GROUPS, NULL, false, NULL);
    struct testhost_run *run = start(testhost, 1, (const char *[]){"k1"});
    struct message reply = {0}, row = {0};

    (void)state;
    put_schemas(&reply, 0, 1, 2);
    put_bytes(&row, 2, BYTES(((float[]){1})));
    put_bytes(&row, 2, BYTES(((float[]){2})));
    put_text(&row, 2, "x");
    put_text(&row, 1, "k1");
    put_message(&reply, 4, &row);
    testhost_reply(run, 0, bytes_of(&reply));
    expect_row(run, 0, "1", "2", "x");
    testhost_run_free(run);
    testhost_close(testhost);
}

static void a_key_left_out_costs_its_rows(void **state)
{
    struct testhost *testhost = open_component("feature", TWO_GROUPS, NULL, false, NULL);
    struct testhost_run *run = start(testhost, 4, (const char *[]){"gone", "k1", "gone", "empty"});
    struct message reply = {0}, row = {0};
    const struct testhost_row_error *errors;

    (void)state;
    put_schemas(&reply, 0, 1, 2);
    put_row(&reply, "k1", 1);
    put_text(&row, 1, "empty");
    put_text(&row, 2, "");
    put_text(&row, 2, "");
    put_text(&row, 2, "");
    put_message(&reply, 4, &row);
    testhost_reply(run, 0, bytes_of(&reply));
    assert_int_equal(testhost_status(run), INFERD_OK);
    expect_row(run, 0, "", "", "");
    expect_row(run, 1, "1", "2", "k1");
    assert_true(testhost_row_failed(run, T, 0));
    assert_false(testhost_row_failed(run, T, 1));
    assert_true(testhost_row_failed(run, T, 2));
    assert_false(testhost_row_failed(run, T, 3)); // the store knows it, and has nothing
    assert_int_equal(testhost_row_errors(run, &errors), 2);
    assert_int_equal(errors[0].status, INFERD_NOT_FOUND);
    assert_non_null(strstr(errors[0].message, "\"gone\""));
    testhost_run_free(run);
    testhost_close(testhost);
}

static void a_failed_batch_costs_its_rows(void **state)
{
    struct testhost *testhost =
        open_component("feature", TWO_GROUPS, "{\"error_logging_percent\": 100}", false, batches_of_two);
    struct testhost_run *run = start(testhost, 5, (const char *[]){"k1", "k2", "k3", "k1", "k4"});
    struct message reply = {0};
    const struct testhost_row_error *errors;

    (void)state;
    testhost_fail(run, 0, INFERD_UNAVAILABLE, "gone fishing");
    put_schemas(&reply, 0, 1, 2);
    put_row(&reply, "k3", 3);
    put_row(&reply, "k4", 4);
    testhost_reply(run, 1, bytes_of(&reply));
    assert_int_equal(testhost_status(run), INFERD_OK);
    expect_row(run, 0, "", "", "");
    expect_row(run, 2, "3", "6", "k3");
    assert_int_equal(testhost_row_errors(run, &errors), 2); // rows 0 and 1, row 3
    assert_int_equal(errors[0].first, 0);
    assert_int_equal(errors[0].count, 2);
    assert_int_equal(errors[1].first, 3);
    assert_int_equal(errors[1].count, 1);
    assert_string_equal(errors[0].message, "feature store store:77: UNAVAILABLE: gone fishing");
    assert_non_null(strstr(testhost_log(testhost), "gone fishing (2 keys)"));
    testhost_run_free(run);
    testhost_close(testhost);
}

static void the_step_fails_when_all_batches_do(void **state)
{
    struct testhost *testhost = open_component("feature", TWO_GROUPS, NULL, false, batches_of_two);
    struct testhost_run *run = start(testhost, 3, (const char *[]){"k1", "k2", "k3"});

    (void)state;
    testhost_fail(run, 1, INFERD_DEADLINE_EXCEEDED, "");
    testhost_fail(run, 0, INFERD_UNAVAILABLE, "late");
    assert_int_equal(testhost_status(run), INFERD_DEADLINE_EXCEEDED);
    assert_string_equal(testhost_message(run), "feature store store:77: DEADLINE_EXCEEDED");
    assert_int_equal(testhost_metric(testhost, "inferflow.component.execution.error"), 2);
    testhost_run_free(run);
    testhost_close(testhost);
}

static void values_of_other_lengths_are_missing(void **state)
{
    struct testhost *testhost = open_component("feature", TWO_GROUPS, NULL, false, NULL);
    struct testhost_run *run = start(testhost, 1, (const char *[]){"k1"});
    struct message reply = {0}, row = {0};

    (void)state;
    put_schemas(&reply, 0, 1, 2);
    put_text(&row, 1, "k1");
    put_text(&row, 2, "123");
    put_text(&row, 2, "12345678");
    put_text(&row, 2, "text");
    put_message(&reply, 4, &row);
    testhost_reply(run, 0, bytes_of(&reply));
    expect_row(run, 0, "", "", "text");
    assert_int_equal(testhost_metric(testhost, "inferd.feature.missing"), 2);
    testhost_run_free(run);
    testhost_close(testhost);
}

static void absurd_columns_are_no_columns(void **state)
{
    static const int64_t indexes[] = {-1, 3, 4096, INT32_MAX, INT64_MAX, INT64_MIN};
    struct testhost *testhost = open_component("feature", TWO_GROUPS, NULL, false, NULL);

    (void)state;
    for (size_t i = 0; i < sizeof(indexes) / sizeof(indexes[0]); i++) {
        struct testhost_run *run = start(testhost, 1, (const char *[]){"k1"});
        struct message reply = {0};

        put_schemas(&reply, indexes[i], 1, indexes[i]);
        put_row(&reply, "k1", 1);
        testhost_reply(run, 0, bytes_of(&reply));
        assert_int_equal(testhost_status(run), INFERD_OK);
        expect_row(run, 0, "", "2", "");
        testhost_run_free(run);
    }
    testhost_close(testhost);
}

// Whatever is wrong with a reply: a row has the store's values or none, and who has none is told so.
static void damaged_replies_harm_nobody(void **state)
{
    struct testhost *testhost = open_component("feature", TWO_GROUPS, NULL, false, NULL);
    struct message reply = {0}, damaged;

    (void)state;
    put_schemas(&reply, 0, 1, 2);
    put_row(&reply, "k1", 1);
    put_row(&reply, "k2", 2);
    for (unsigned round = 0; round < 3000; round++) {
        struct testhost_run *run = start(testhost, 3, (const char *[]){"k1", "k2", "k1"});

        damage(&reply, round, &damaged);
        testhost_reply(run, 0, bytes_of(&damaged));
        assert_int_not_equal(testhost_status(run), INFERD_PENDING);
        if (round < reply.len && *testhost_text(run, T, "ent:t:s", 1) == '\0')
            assert_true(testhost_row_failed(run, T, 1));
        testhost_run_free(run);
    }
    testhost_close(testhost);
}

static void nothing_to_fetch_calls_nobody(void **state)
{
    struct testhost *testhost = open_component("feature", TWO_GROUPS, NULL, false, NULL);
    struct testhost_run *run = start(testhost, 0, NULL);

    (void)state;
    assert_int_equal(testhost_status(run), INFERD_OK);
    assert_int_equal(testhost_calls(run), 0);
    testhost_run_free(run);
    testhost_close(testhost);
}

static void several_keys_are_joined(void **state)
{
    struct testhost *testhost = open_component(
        "feature",
        "{\"component_id\": \"uc\", \"composite_id\": true, \"fs_keys\": [{\"schema\": \"u\", \"col\": \"user\"},"
        "{\"schema\": \"c\", \"col\": \"cat\"}], \"fs_request\": {\"label\": \"e\", \"featureGroups\": [{\"label\": "
        "\"g\","
        "\"features\": [\"x@Int64\"]}]}, \"col_name_prefix\": \"p_\"}",
        NULL, false, NULL);
    struct testhost_run *run = testhost_run(testhost);
    const int64_t cats[] = {7, 8, 7};
    struct message query = {0}, part = {0}, reply = {0}, row = {0};

    (void)state;
    assert_int_equal(testhost_column(testhost, T, "p_e:g:x")->type, INFERD_TYPE_INT64);
    assert_string_equal(testhost_column(testhost, T, "p_e:g:x")->spelling, "Int64");
    testhost_rows(run, 3);
    testhost_inline(run, T, "user", (const char *[]){"a|b", "a", "a"});
    testhost_values(run, T, "cat", INFERD_TYPE_INT64, cats);
    testhost_fallback(run, T, "cat", (const char *[]){NULL, "b|8", NULL}); // the request's text comes first
    testhost_start(run);
    assert_string_equal(testhost_text(run, T, "uc", 0), "a|b|7");
    assert_string_equal(testhost_text(run, T, "uc", 1), "a|b|8");
    assert_true(testhost_get(run, T, "uc")->flags & INFERD_COLUMN_INLINE);
    put_text(&query, 1, "e");
    put_text(&part, 1, "g");
    put_text(&part, 2, "x@Int64");
    put_message(&query, 2, &part);
    put_text(&query, 3, "u");
    put_text(&query, 3, "c");
    for (size_t i = 0; i < 3; i++) {
        static const char *const keys[][2] = {{"a|b", "7"}, {"a", "b|8"}, {"a", "7"}};

        part.len = 0;
        put_text(&part, 1, keys[i][0]);
        put_text(&part, 1, keys[i][1]);
        put_message(&query, 4, &part);
    }
    expect_message(run, 0, &query);
    part.len = 0;
    put_text(&part, 1, "g");
    put_feature(&part, "x", 0); // the store answers without the type
    put_message(&reply, 3, &part);
    put_text(&row, 1, "a");
    put_text(&row, 1, "7");
    put_bytes(&row, 2, BYTES(((int64_t[]){-5})));
    put_message(&reply, 4, &row);
    testhost_reply(run, 0, bytes_of(&reply));
    assert_string_equal(testhost_text(run, T, "p_e:g:x", 2), "-5");
    assert_string_equal(testhost_text(run, T, "p_e:g:x", 0), "");
    testhost_run_free(run);
    testhost_close(testhost);
}

static void a_key_that_is_no_text_costs_its_rows(void **state)
{
    struct testhost *testhost = open_component("feature", TWO_GROUPS, NULL, false, NULL);
    struct testhost_run *run = start(testhost, 2, (const char *[]){"\xff", "k1"});

    (void)state;
    assert_int_equal(testhost_calls(run), 1);
    expect_query(run, 0, (const char *[]){"k1", NULL});
    assert_true(testhost_row_failed(run, T, 0));
    testhost_run_free(run);
    testhost_close(testhost);
}

static void wrong_configs_are_refused(void **state)
{
    (void)state;
    expect_refusal("feature", "{}", "fs_keys: is empty");
    expect_refusal("feature", "{\"fs_keys\": [{\"schema\": \"k\"}]}", "fs_keys[0].col");
    expect_refusal("feature", "{\"composite_id\": true, \"fs_keys\": [{\"schema\": \"k\", \"col\": \"c\"}]}",
                   "component_id: is empty");
    expect_refusal(
        "feature",
        "{\"composite_id\": true, \"component_id\": \"c\", \"fs_keys\": [{\"schema\": \"k\", \"col\": \"c\"}]}",
        "component_id: with composite_id the joined keys are written to \"c\", which holds keys already");
    expect_refusal(
        "feature",
        "{\"fs_keys\": [{\"schema\": \"k\", \"col\": \"c\"}], \"fs_request\": {\"featureGroups\": [{\"label\": "
        "\"g\", \"features\": [\"a\"]}]}}",
        "fs_request.label: is empty");
    expect_refusal("feature",
                   "{\"fs_keys\": [{\"schema\": \"k\", \"col\": \"c\"}], \"fs_request\": {\"label\": \"e\", "
                   "\"featureGroups\": [{\"label\": \"g\", \"features\": [\"a\", \"b@FP31\"]}]}}",
                   "fs_request.featureGroups[0].features[1]: \"FP31\" is no data type");
    expect_refusal("feature",
                   "{\"fs_keys\": [{\"schema\": \"k\", \"col\": \"c\"}], \"fs_request\": {\"label\": \"e\", "
                   "\"featureGroups\": [{\"label\": \"g\", \"features\": [\"a\", \"a\"]}]}}",
                   "is written already");
}

static void the_original_fetches_nothing_without_flatten_keys(void **state)
{
    struct testhost *testhost = open_component(
        "feature", "{\"component_id\": \"x\", \"fs_keys\": [{\"schema\": \"k\", \"col\": \"id\"}]}", NULL, true, NULL);
    struct testhost_run *run = start(testhost, 1, (const char *[]){"k1"});

    (void)state;
    assert_int_equal(testhost_status(run), INFERD_FAILED_PRECONDITION);
    assert_non_null(strstr(testhost_log(testhost), "fs_flatten_resp_keys is empty"));
    testhost_run_free(run);
    testhost_close(testhost);
}

static void no_memory_is_a_status(void **state)
{
    struct testhost *testhost = open_component("feature", CACHED, "{\"cache_enabled\": true}", false, batches_of_two);
    struct message reply = {0};
    size_t refused = 0;

    (void)state;
    put_schemas(&reply, 0, 1, 2);
    put_row(&reply, "k1", 1);
    for (size_t limit = 0; limit < 2000; limit += 16) {
        struct testhost_run *run = testhost_run(testhost);

        testhost_rows(run, 3);
        testhost_inline(run, T, "id", (const char *[]){"k1", "k2", "k3"});
        testhost_limit_memory(run, limit);
        if (testhost_start(run) != INFERD_PENDING) {
            assert_int_equal(testhost_status(run), INFERD_RESOURCE_EXHAUSTED);
            refused++;
        }
        for (size_t i = 0; i < testhost_calls(run); i++)
            testhost_reply(run, i, bytes_of(&reply));
        testhost_run_free(run);
    }
    assert_true(refused > 5);
    testhost_close(testhost);
}

static void calls_that_cannot_be_made_fail(void **state)
{
    struct testhost *testhost = open_component("feature", TWO_GROUPS, NULL, false, batches_of_two);
    struct testhost_run *run = testhost_run(testhost);
    struct message reply = {0};

    (void)state;
    testhost_rows(run, 3);
    testhost_inline(run, T, "id", (const char *[]){"k1", "k2", "k3"});
    testhost_limit_calls(run, 1);
    assert_int_equal(testhost_start(run), INFERD_PENDING);
    assert_true(testhost_row_failed(run, T, 2));
    put_schemas(&reply, 0, 1, 2);
    put_row(&reply, "k1", 1);
    testhost_reply(run, 0, bytes_of(&reply));
    assert_int_equal(testhost_status(run), INFERD_OK);
    testhost_run_free(run);
    run = testhost_run(testhost);
    testhost_rows(run, 1);
    testhost_inline(run, T, "id", (const char *[]){"k1"});
    testhost_limit_calls(run, 0);
    assert_int_equal(testhost_start(run), INFERD_RESOURCE_EXHAUSTED);
    testhost_run_free(run);
    testhost_close(testhost);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_keys_are_asked_for_once_in_batches),
        cmocka_unit_test(rows_go_by_their_keys_and_columns_by_their_index),
        cmocka_unit_test(keys_may_stand_behind_the_columns),
        cmocka_unit_test(a_key_left_out_costs_its_rows),
        cmocka_unit_test(a_failed_batch_costs_its_rows),
        cmocka_unit_test(the_step_fails_when_all_batches_do),
        cmocka_unit_test(values_of_other_lengths_are_missing),
        cmocka_unit_test(absurd_columns_are_no_columns),
        cmocka_unit_test(damaged_replies_harm_nobody),
        cmocka_unit_test(nothing_to_fetch_calls_nobody),
        cmocka_unit_test(several_keys_are_joined),
        cmocka_unit_test(a_key_that_is_no_text_costs_its_rows),
        cmocka_unit_test(wrong_configs_are_refused),
        cmocka_unit_test(the_original_fetches_nothing_without_flatten_keys),
        cmocka_unit_test(no_memory_is_a_status),
        cmocka_unit_test(calls_that_cannot_be_made_fail),
    };

    return cmocka_run_group_tests_name("feature", tests, NULL, NULL);
}
