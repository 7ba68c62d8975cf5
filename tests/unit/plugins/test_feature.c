// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Features: what is asked for, which values of a reply go where, and what a store that misbehaves may cost.
#include "drive.h"

#define TWO_GROUPS                                                                                                     \
    "{\"fs_keys\": [{\"schema\": \"item\", \"col\": \"id\"}], \"fs_flatten_resp_keys\": [\"item\"],"                   \
    " \"fs_request\": {\"label\": \"ent\", \"featureGroups\": ["                                                       \
    "{\"label\": \"g\", \"data_type\": \"DataTypeFP32\", \"features\": [\"a\", \"b\"]},"                               \
    "{\"label\": \"t\", \"data_type\": \"DataTypeString\", \"features\": [\"s\"]}]}}"

static const char *const batches_of_two[] = {"--feature-store-batch-size=2", "--feature-store-host=store",
                                             "--feature-store-port=77", "--feature-store-deadline=33ms", NULL};

static struct testhost_run *start(struct testhost *testhost, uint32_t rows, const char *const *ids)
{
    struct testhost_run *run = testhost_run(testhost);

    testhost_rows(run, rows);
    testhost_inline(run, T, "id", ids);
    testhost_start(run);
    return run;
}

static void put_feature(struct message *schema, const char *label, int64_t index)
{
    struct message feature = {0};

    put_text(&feature, 1, label);
    put_number(&feature, 2, (uint64_t)index);
    put_message(schema, 2, &feature);
}

// The schemas of TWO_GROUPS, with these columns.
static void put_schemas(struct message *reply, int64_t a, int64_t b, int64_t s)
{
    struct message schema = {0};

    put_text(reply, 1, "ent");
    put_text(reply, 2, "item");
    put_text(&schema, 1, "g");
    put_feature(&schema, "a", a);
    put_feature(&schema, "b", b);
    put_message(reply, 3, &schema);
    schema.len = 0;
    put_text(&schema, 1, "t");
    put_feature(&schema, "s", s);
    put_message(reply, 3, &schema);
}

// A row whose values are a number, twice of it, and its key.
static void put_row(struct message *reply, const char *key, float number)
{
    struct message row = {0};
    float twice = 2 * number;

    put_text(&row, 1, key);
    put_bytes(&row, 2, (struct inferd_bytes){(const uint8_t *)&number, 4});
    put_bytes(&row, 2, (struct inferd_bytes){(const uint8_t *)&twice, 4});
    put_text(&row, 2, key);
    put_message(reply, 4, &row);
}

static void expect_query(const struct testhost_run *run, size_t call, const char *const *keys)
{
    struct message query = {0}, group = {0};

    put_text(&query, 1, "ent");
    put_text(&group, 1, "g");
    put_text(&group, 2, "a");
    put_text(&group, 2, "b");
    put_message(&query, 2, &group);
    group.len = 0;
    put_text(&group, 1, "t");
    put_text(&group, 2, "s");
    put_message(&query, 2, &group);
    put_text(&query, 3, "item");
    for (; *keys; keys++) {
        struct message key = {0};

        put_text(&key, 1, *keys);
        put_message(&query, 4, &key);
    }
    expect_message(run, call, &query);
}

static void expect_row(struct testhost_run *run, uint32_t row, const char *a, const char *b, const char *s)
{
    assert_string_equal(testhost_text(run, T, "ent:g:a", row), a);
    assert_string_equal(testhost_text(run, T, "ent:g:b", row), b);
    assert_string_equal(testhost_text(run, T, "ent:t:s", row), s);
}

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

#define CACHED                                                                                                         \
    "{\"fs_keys\": [{\"schema\": \"item\", \"col\": \"id\"}], \"comp_cache_enabled\": true,"                           \
    " \"fs_request\": {\"label\": \"ent\", \"featureGroups\": ["                                                       \
    "{\"label\": \"g\", \"data_type\": \"FP32\", \"features\": [\"a\", \"b\"]},"                                       \
    "{\"label\": \"t\", \"data_type\": \"String\", \"features\": [\"s\"]}]}}"

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
        cmocka_unit_test(what_was_fetched_is_kept),
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
        cmocka_unit_test(wrong_configs_are_refused),
        cmocka_unit_test(the_original_fetches_nothing_without_flatten_keys),
        cmocka_unit_test(no_memory_is_a_status),
        cmocka_unit_test(calls_that_cannot_be_made_fail),
    };

    return cmocka_run_group_tests_name("feature", tests, NULL, NULL);
}
