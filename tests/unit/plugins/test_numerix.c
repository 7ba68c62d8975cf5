// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Expressions on a server: what rows are sent, which scores come back, and what a server that misbehaves may cost.
#include "drive.h"

#define SIMPLE                                                                                                         \
    "{\"component_id\": \"id@x\", \"score_col\": \"score\", \"data_type\": \"DataTypeFP32\", \"compute_id\": \"c7\","  \
    " \"score_mapping\": {\"b@FP32\": \"fb\", \"a@string\": \"ta\"}}"

static struct testhost *open_expression(const char *component, bool compat)
{
    static const char *const settings[] = {"--numerix-host=num", "--numerix-port=5", "--numerix-deadline=40",
                                           "--numerix-batch-size=2", NULL};

    return open_component("numerix", component, "{\"error_logging_percent\": 100}", compat, settings);
}

static struct testhost_run *start_three(struct testhost *testhost)
{
    struct testhost_run *run = testhost_run(testhost);

    testhost_rows(run, 3);
    testhost_inline(run, T, "id@x", (const char *[]){"i0", NULL, "i2"});
    testhost_values(run, T, "fb", INFERD_TYPE_FP32, (float[]){1, 2, 3});
    testhost_inline(run, T, "ta", (const char *[]){"0.5", "x", NULL});
    testhost_start(run);
    return run;
}

// A row of a request: an id, and values.
static void put_row(struct message *data, struct inferd_bytes id, const float *values, size_t count)
{
    struct message row = {0}, score = {0};

    put_bytes(&row, 1, id);
    for (size_t i = 0; i < count; i++)
        put_bytes(&row, 1, (struct inferd_bytes){(const uint8_t *)&values[i], 4});
    put_message(&score, 2, &row);
    put_message(data, 2, &score);
}

static void expect_data(const struct testhost_run *run, size_t call, struct message *data)
{
    struct message request = {0};

    put_text(data, 3, "c7");
    put_text(data, 4, "fp32");
    put_message(&request, 1, data);
    expect_message(run, call, &request);
}

static void put_score(struct message *scores, const char *id, struct inferd_bytes score)
{
    struct message values = {0}, row = {0};

    put_text(&values, 1, id);
    if (score.len)
        put_bytes(&values, 1, score);
    put_message(&row, 2, &values);
    put_message(scores, 2, &row);
}

static void make_reply(struct message *reply, const float *values, size_t count)
{
    struct message scores = {0};

    put_text(&scores, 1, "id");
    for (size_t i = 0; i < count; i++)
        put_score(&scores, "x", (struct inferd_bytes){(const uint8_t *)&values[i], 4});
    reply->len = 0;
    put_message(reply, 1, &scores);
}

static void reply_scores(struct testhost_run *run, size_t call, const float *values, size_t count)
{
    struct message reply;

    make_reply(&reply, values, count);
    testhost_reply(run, call, bytes_of(&reply));
}

static void rows_go_out_in_batches(void **state)
{
    struct testhost *testhost = open_expression(SIMPLE, false);
    struct testhost_run *run = start_three(testhost);
    struct message data = {0};

    (void)state;
    assert_int_equal(testhost_calls(run), 2);
    assert_string_equal(testhost_call(run, 0)->address, "num:5");
    assert_string_equal(testhost_call(run, 0)->path, "/numerix.Numerix/Compute");
    assert_int_equal(testhost_call(run, 0)->timeout_ms, 40);
    assert_non_null(testhost_call_header(testhost_call(run, 0), "numerix-caller-id"));
    put_text(&data, 1, "id"); // of "id@x"; the operands follow in the order of their names
    put_text(&data, 1, "a");
    put_text(&data, 1, "b");
    put_row(&data, inferd_bytes_of("i0"), (float[]){0.5f, 1}, 2);
    put_row(&data, inferd_bytes_of("0.0"), (float[]){0, 2}, 2); // no id, no number
    expect_data(run, 0, &data);
    data.len = 0;
    put_text(&data, 1, "id");
    put_text(&data, 1, "a");
    put_text(&data, 1, "b");
    put_row(&data, inferd_bytes_of("i2"), (float[]){0, 3}, 2);
    expect_data(run, 1, &data);
    assert_int_equal(testhost_defaulted(run, "ta"), 2);
    reply_scores(run, 1, (float[]){3}, 1);
    reply_scores(run, 0, (float[]){1, 2}, 2);
    assert_int_equal(testhost_status(run), INFERD_OK);
    assert_string_equal(testhost_text(run, T, "score", 0), "1");
    assert_string_equal(testhost_text(run, T, "score", 1), "2");
    assert_string_equal(testhost_text(run, T, "score", 2), "3");
    testhost_run_free(run);
    testhost_close(testhost);
}

static void ids_are_sent_as_they_are_stored(void **state)
{
    struct testhost *testhost =
        open_expression("{\"component_id\": \"n\", \"score_col\": \"score\", \"compute_id\": \"c7\"}", false);
    struct testhost_run *run = testhost_run(testhost);
    struct message data = {0};

    (void)state;
    testhost_rows(run, 2);
    testhost_values(run, T, "n", INFERD_TYPE_INT16, (int16_t[]){258, 0});
    testhost_missing(run, T, "n", 1);
    testhost_start(run);
    put_text(&data, 1, "n");
    put_row(&data, LITERAL("\2\1"), NULL, 0);
    put_row(&data, LITERAL("\0\0"), NULL, 0);
    expect_data(run, 0, &data);
    testhost_run_free(run);
    run = testhost_run(testhost);
    testhost_rows(run, 1); // the request has no such column
    testhost_start(run);
    data.len = 0;
    put_text(&data, 1, "n");
    put_row(&data, LITERAL(""), NULL, 0);
    expect_data(run, 0, &data);
    testhost_run_free(run);
    testhost_close(testhost);
}

// What the config says of a column that is of another type: compat takes the bytes for it.
static void types_of_the_mapping(void **state)
{
    static const char component[] = "{\"component_id\": \"id\", \"score_col\": \"score\", \"data_type\": \"FP32\", "
                                    "\"compute_id\": \"c7\", \"score_mapping\": {\"f@FP32\": \"text\", \"g\": \"int\", "
                                    "\"h@Int32\": \"float\"}}";

    (void)state;
    for (int compat = 0; compat < 2; compat++) {
        struct testhost *testhost = open_expression(component, compat);
        struct testhost_run *run = testhost_run(testhost);
        struct message data = {0};

        testhost_rows(run, 1);
        testhost_inline(run, T, "id", (const char *[]){"i"});
        testhost_inline(run, T, "text", (const char *[]){compat ? "AAAA" : "1.5"});
        testhost_values(run, T, "int", INFERD_TYPE_INT64, (int64_t[]){7});
        testhost_values(run, T, "float", INFERD_TYPE_FP32, (float[]){2});
        testhost_start(run);
        put_text(&data, 1, "id");
        put_text(&data, 1, "f");
        put_text(&data, 1, "g");
        put_text(&data, 1, "h");
        put_row(&data, inferd_bytes_of("i"), (float[]){compat ? 12.078431f : 1.5f, 7, compat ? 1073741824.0f : 2}, 3);
        expect_data(run, 0, &data);
        testhost_run_free(run);
        testhost_close(testhost);
    }
}

// A missing text is "0.0" to the original, also where its bytes are taken for something else.
static void a_missing_text_taken_for_a_number(void **state)
{
    static const char component[] = "{\"component_id\": \"id\", \"score_col\": \"score\", \"data_type\": \"FP32\", "
                                    "\"compute_id\": \"c7\", \"score_mapping\": {\"f@Uint8\": \"text\"}}";

    (void)state;
    for (int compat = 0; compat < 2; compat++) {
        struct testhost *testhost = open_expression(component, compat);
        struct testhost_run *run = testhost_run(testhost);
        struct message data = {0};

        testhost_rows(run, 1);
        testhost_inline(run, T, "id", (const char *[]){"i"});
        testhost_inline(run, T, "text", (const char *[]){""});
        testhost_start(run);
        put_text(&data, 1, "id");
        put_text(&data, 1, "f");
        put_row(&data, inferd_bytes_of("i"), (float[]){compat ? '0' : 0}, 1);
        expect_data(run, 0, &data);
        assert_int_equal(testhost_defaulted(run, "text"), 1);
        testhost_run_free(run);
        testhost_close(testhost);
    }
}

static void scores_get_the_type_of_their_column(void **state)
{
    static const struct {
        const char *type, *text;
    } cases[] = {{"FP64", "-2.5"},   {"Int32", "-2"},  {"Uint8", "0"}, {"FP16", "-2.5"},
                 {"String", "-2.5"}, {"Bool", "true"}, {"", "-2.5"},   {"FP32Vector", "-2.5"}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char component[256];
        struct testhost *testhost;
        struct testhost_run *run;

        snprintf(component, sizeof(component),
                 "{\"component_id\": \"id\", \"score_col\": \"score\", \"data_type\": \"%s\", \"compute_id\": \"c7\"}",
                 cases[i].type);
        testhost = open_expression(component, false);
        run = testhost_run(testhost);
        testhost_rows(run, 1);
        testhost_start(run);
        reply_scores(run, 0, (float[]){-2.5f}, 1);
        assert_int_equal(testhost_status(run), INFERD_OK);
        assert_string_equal(testhost_text(run, T, "score", 0), cases[i].text);
        testhost_run_free(run);
        testhost_close(testhost);
    }
}

static void a_failed_batch_costs_its_rows(void **state)
{
    struct testhost *testhost = open_expression(SIMPLE, false);
    struct testhost_run *run = start_three(testhost);
    const struct testhost_row_error *errors;

    (void)state;
    testhost_fail(run, 0, INFERD_UNAVAILABLE, "away");
    reply_scores(run, 1, (float[]){3}, 1);
    assert_int_equal(testhost_status(run), INFERD_OK);
    assert_string_equal(testhost_text(run, T, "score", 2), "3");
    assert_int_equal(testhost_row_errors(run, &errors), 1);
    assert_int_equal(errors[0].count, 2);
    assert_string_equal(errors[0].message, "expression c7 on num:5: UNAVAILABLE: away");
    assert_non_null(strstr(testhost_log(testhost), "away"));
    testhost_run_free(run);
    testhost_close(testhost);
}

static void an_error_of_the_server_fails_the_step(void **state)
{
    struct testhost *testhost = open_expression(SIMPLE, false);
    struct testhost_run *run = start_three(testhost);
    struct message reply = {0}, error = {0};
    static char text[5000];

    (void)state;
    memset(text, 'y', sizeof(text) - 1);
    memcpy(text, "no such operator", 16);
    put_text(&error, 1, text);
    put_message(&reply, 2, &error);
    testhost_reply(run, 0, bytes_of(&reply));
    testhost_reply(run, 1, bytes_of(&reply));
    assert_int_equal(testhost_status(run), INFERD_INTERNAL);
    assert_non_null(strstr(testhost_message(run), "the server answers an error: no such operator"));
    assert_true(strlen(testhost_message(run)) < 300);
    testhost_run_free(run);
    testhost_close(testhost);
}

static void rows_without_a_score_fail(void **state)
{
    struct testhost *testhost = open_expression(SIMPLE, false);
    struct testhost_run *run = start_three(testhost);
    struct message reply = {0}, scores = {0};

    (void)state;
    put_score(&scores, "x", (struct inferd_bytes){NULL, 0}); // an id only
    put_score(&scores, "x", BYTES(((float[]){2})));
    put_message(&reply, 1, &scores);
    testhost_reply(run, 0, bytes_of(&reply));
    scores.len = reply.len = 0;
    put_score(&scores, "x", LITERAL("12345678")); // no FP32
    put_message(&reply, 1, &scores);
    testhost_reply(run, 1, bytes_of(&reply));
    assert_int_equal(testhost_status(run), INFERD_OK);
    assert_string_equal(testhost_text(run, T, "score", 0), "");
    assert_string_equal(testhost_text(run, T, "score", 1), "2");
    assert_string_equal(testhost_text(run, T, "score", 2), "");
    assert_true(testhost_row_failed(run, T, 0));
    assert_false(testhost_row_failed(run, T, 1));
    assert_true(testhost_row_failed(run, T, 2));
    testhost_run_free(run);
    testhost_close(testhost);
}

static void short_and_long_replies(void **state)
{
    struct testhost *testhost = open_expression(SIMPLE, false);
    struct testhost_run *run = start_three(testhost);

    (void)state;
    reply_scores(run, 0, (float[]){1}, 1);
    reply_scores(run, 1, (float[]){3, 4, 5}, 3);
    assert_int_equal(testhost_status(run), INFERD_OK);
    assert_string_equal(testhost_text(run, T, "score", 0), "1");
    assert_string_equal(testhost_text(run, T, "score", 1), "");
    assert_string_equal(testhost_text(run, T, "score", 2), "3");
    assert_true(testhost_row_failed(run, T, 1));
    testhost_run_free(run);
    run = start_three(testhost);
    reply_scores(run, 0, NULL, 0);
    reply_scores(run, 1, NULL, 0);
    assert_int_equal(testhost_status(run), INFERD_INTERNAL);
    assert_non_null(strstr(testhost_message(run), "no scores"));
    testhost_run_free(run);
    testhost_close(testhost);
}

static void damaged_replies_harm_nobody(void **state)
{
    struct testhost *testhost = open_expression(SIMPLE, false);
    struct message reply, damaged;

    (void)state;
    make_reply(&reply, (float[]){1, 2}, 2);
    for (unsigned round = 0; round < 3000; round++) {
        struct testhost_run *run = start_three(testhost);

        damage(&reply, round, &damaged);
        testhost_reply(run, 0, bytes_of(&damaged));
        testhost_fail(run, 1, INFERD_UNAVAILABLE, "");
        assert_int_not_equal(testhost_status(run), INFERD_PENDING);
        if (*testhost_text(run, T, "score", 1) == '\0')
            assert_true(testhost_row_failed(run, T, 1));
        testhost_run_free(run);
    }
    testhost_close(testhost);
}

#define SLATES                                                                                                         \
    "{\"component_id\": \"id\", \"score_col\": \"score\", \"data_type\": \"FP32\", \"compute_id\": \"c7\","            \
    " \"slate_component\": true, \"score_mapping\": {\"a@FP32\": \"a\", \"s@FP32\": \"bias\"}}"

static void each_slate_is_a_call(void **state)
{
    struct testhost *testhost = open_expression(SLATES, false);
    struct testhost_run *run = testhost_run(testhost);
    struct message data = {0};

    (void)state;
    testhost_rows(run, 3);
    testhost_slates(run, 3, (uint32_t[]){0, 2, 2, 5}, (uint32_t[]){2, 0, 1, 1, 0});
    testhost_inline(run, T, "id", (const char *[]){"i0", "i1", "i2"});
    testhost_values(run, T, "a", INFERD_TYPE_FP32, (float[]){1, 2, 3});
    testhost_values(run, S, "bias", INFERD_TYPE_FP32, (float[]){10, 20, 30});
    testhost_start(run);
    assert_int_equal(testhost_calls(run), 2);
    put_text(&data, 1, "id");
    put_text(&data, 1, "a");
    put_text(&data, 1, "s");
    put_row(&data, inferd_bytes_of("i2"), (float[]){3, 10}, 2);
    put_row(&data, inferd_bytes_of("i0"), (float[]){1, 10}, 2);
    expect_data(run, 0, &data);
    reply_scores(run, 0, (float[]){5, 6}, 2);
    reply_scores(run, 1, (float[]){7, 8}, 2);
    assert_int_equal(testhost_status(run), INFERD_OK);
    assert_string_equal(testhost_text(run, S, "score", 0), "5");
    assert_string_equal(testhost_text(run, S, "score", 2), "7");
    assert_true(testhost_row_failed(run, S, 1));
    testhost_run_free(run);
    run = testhost_run(testhost);
    testhost_rows(run, 1);
    assert_int_equal(testhost_start(run), INFERD_OK); // no slates, no call
    testhost_run_free(run);
    testhost_close(testhost);
}

static void wrong_configs_are_refused(void **state)
{
    (void)state;
    expect_refusal("numerix", "{\"component_id\": \"id\", \"compute_id\": \"c\"}", "score_col: is missing");
    expect_refusal("numerix", "{\"score_col\": \"s\", \"compute_id\": \"c\"}", "component_id: is missing");
    expect_refusal("numerix", "{\"score_col\": \"s\", \"component_id\": \"id\"}", "compute_id: is missing");
    expect_refusal(
        "numerix",
        "{\"score_col\": \"s\", \"component_id\": \"id\", \"compute_id\": \"c\", \"score_mapping\": {\"a@FP31\": "
        "\"x\"}}",
        "score_mapping[\"a@FP31\"]: \"FP31\" is no data type");
    expect_refusal("numerix",
                   "{\"score_col\": \"s\", \"component_id\": \"id\", \"compute_id\": \"c\", \"data_type\": \"FP31\"}",
                   "data_type");
}

static void the_original_computes_nothing_without_a_type(void **state)
{
    struct testhost *testhost =
        open_expression("{\"component_id\": \"id\", \"score_col\": \"score\", \"compute_id\": \"c7\"}", true);
    struct testhost_run *run = testhost_run(testhost);

    (void)state;
    testhost_rows(run, 1);
    assert_int_equal(testhost_start(run), INFERD_FAILED_PRECONDITION);
    assert_non_null(strstr(testhost_log(testhost), "it computes nothing: data_type is missing"));
    testhost_run_free(run);
    testhost_close(testhost);
}

static void no_memory_is_a_status(void **state)
{
    static const char *const components[] = {SIMPLE, SLATES};
    size_t refused = 0;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct testhost *testhost = open_expression(components[i], false);

        for (size_t limit = 0; limit < 500; limit += 16) {
            struct testhost_run *run = testhost_run(testhost);

            testhost_rows(run, 3);
            testhost_slates(run, 1, (uint32_t[]){0, 3}, (uint32_t[]){0, 1, 2});
            testhost_limit_memory(run, limit);
            if (testhost_start(run) != INFERD_PENDING) {
                assert_int_equal(testhost_status(run), INFERD_RESOURCE_EXHAUSTED);
                refused++;
            }
            for (size_t c = 0; c < testhost_calls(run); c++)
                reply_scores(run, c, (float[]){1, 2}, 2);
            testhost_run_free(run);
        }
        testhost_close(testhost);
    }
    assert_true(refused > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_go_out_in_batches),
        cmocka_unit_test(ids_are_sent_as_they_are_stored),
        cmocka_unit_test(types_of_the_mapping),
        cmocka_unit_test(scores_get_the_type_of_their_column),
        cmocka_unit_test(a_missing_text_taken_for_a_number),
        cmocka_unit_test(a_failed_batch_costs_its_rows),
        cmocka_unit_test(an_error_of_the_server_fails_the_step),
        cmocka_unit_test(rows_without_a_score_fail),
        cmocka_unit_test(short_and_long_replies),
        cmocka_unit_test(damaged_replies_harm_nobody),
        cmocka_unit_test(each_slate_is_a_call),
        cmocka_unit_test(wrong_configs_are_refused),
        cmocka_unit_test(the_original_computes_nothing_without_a_type),
        cmocka_unit_test(no_memory_is_a_status),
    };

    return cmocka_run_group_tests_name("numerix", tests, NULL, NULL);
}
