// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The predator kind: endpoints, slates, calibration, configs, and doing without memory.
#include "predator.h"

static void requests_are_shared_out(void **state)
{
    struct testhost *testhost = open_model(
        "{\"model_name\": \"m\", \"model_end_points\": [{\"endpoint\": \"a:1\", \"percentage\": 70}, {\"endpoint\": "
        "\"[::1]:2\", \"percentage\": 30}], " INPUT("[\"a\"]", "[1]", "FP32") ", " ONE_SCORE "}",
        false);
    unsigned first = 0;

    (void)state;
    for (int i = 0; i < 1000; i++) {
        struct testhost_run *run = start_two(testhost);
        const char *address = testhost_call(run, 0)->address;

        assert_true(strcmp(address, "a:1") == 0 || strcmp(address, "[::1]:2") == 0);
        first += strcmp(address, "a:1") == 0;
        testhost_run_free(run);
    }
    assert_in_range(first, 600, 800);
    testhost_close(testhost);
    testhost = open_model("{" MODEL ", \"model_end_points\": [{\"endpoint\": \"a\"}], " INPUT(
                              "[\"a\"]", "[1]", "FP32") ", " ONE_SCORE "}",
                          false);
    for (int i = 0; i < 10; i++) { // without shares all go to model_end_point
        struct testhost_run *run = start_two(testhost);

        assert_string_equal(testhost_call(run, 0)->address, "host:99");
        testhost_run_free(run);
    }
    testhost_close(testhost);
}

#define SLATES                                                                                                         \
    "{" MODEL ", \"slate_component\": true, " INPUT("[\"a\", \"bias\"]", "[2]", "FP32") ", " OUTPUT(                   \
        "[\"score\", \"v\"]", "[[1], [2]]", "FP32") "}"

static void each_slate_is_a_call(void **state)
{
    struct testhost *testhost = open_model(SLATES, false);
    struct testhost_run *run = testhost_run(testhost);

    (void)state;
    testhost_rows(run, 3);
    testhost_slates(run, 4, (uint32_t[]){0, 2, 2, 5, 6}, (uint32_t[]){2, 0, 1, 1, 0, 2});
    testhost_values(run, T, "a", INFERD_TYPE_FP32, (float[]){1, 2, 3});
    testhost_values(run, S, "bias", INFERD_TYPE_FP32, (float[]){10, 20, 30, 40});
    testhost_missing(run, S, "bias", 3);
    testhost_start(run);
    assert_int_equal(testhost_calls(run), 3); // the second slate is empty
    expect_request(run, 0, "FP32", SHAPE(2, 2), BYTES(((float[]){3, 10, 1, 10})));
    expect_request(run, 1, "FP32", SHAPE(2, 2), BYTES(((float[]){2, 30, 2, 30}))); // of three targets a batch
    expect_request(run, 2, "FP32", SHAPE(1, 2), BYTES(((float[]){3, 0})));
    reply_floats(run, 0, (float[]){0.5f, 1, 2, 0.25f, 3, 4}, 2, 3);
    reply_floats(run, 2, (float[]){0.125f, 5, 6}, 1, 3);
    testhost_fail(run, 1, INFERD_INTERNAL, "oops");
    assert_int_equal(testhost_status(run), INFERD_OK);
    assert_string_equal(testhost_text(run, S, "score", 0), "0.5");
    assert_string_equal(testhost_text(run, S, "v", 0), "1,2");
    assert_string_equal(testhost_text(run, S, "score", 3), "0.125");
    assert_true(testhost_row_failed(run, S, 1));
    assert_true(testhost_row_failed(run, S, 2));
    assert_false(testhost_row_failed(run, S, 0));
    testhost_run_free(run);
    testhost_close(testhost);
}

static void what_targets_have_comes_before_what_slates_have(void **state)
{
    struct testhost *testhost = open_model(SLATES, false);
    struct testhost_run *run = testhost_run(testhost);

    (void)state;
    testhost_rows(run, 1);
    testhost_slates(run, 1, (uint32_t[]){0, 1}, (uint32_t[]){0});
    testhost_values(run, T, "a", INFERD_TYPE_FP32, (float[]){1});
    testhost_inline(run, T, "bias", (const char *[]){NULL});
    testhost_values(run, S, "bias", INFERD_TYPE_FP32, (float[]){10});
    testhost_start(run);
    expect_request(run, 0, "FP32", SHAPE(1, 2), BYTES(((float[]){1, 0})));
    testhost_run_free(run);
    testhost_close(testhost);
}

static void requests_without_slates_make_no_call(void **state)
{
    struct testhost *testhost = open_model(SLATES, false);
    struct testhost_run *run = testhost_run(testhost);

    (void)state;
    testhost_rows(run, 2);
    testhost_values(run, T, "a", INFERD_TYPE_FP32, (float[]){1, 2});
    assert_int_equal(testhost_start(run), INFERD_OK);
    assert_int_equal(testhost_calls(run), 0);
    testhost_run_free(run);
    testhost_close(testhost);
}

static void calibration_makes_two_columns(void **state)
{
    struct testhost *testhost =
        open_model("{" MODEL ", \"calibration\": \"ctr\", " INPUT("[\"a\"]", "[1]", "FP32") ", " ONE_SCORE "}", false);

    (void)state;
    assert_true(inferd_bytes_equal(testhost_column(testhost, T, "ctr_model")->value, inferd_bytes_of("m")));
    assert_true(inferd_bytes_equal(testhost_column(testhost, T, "inferflow_config_id")->value, inferd_bytes_of("m1")));
    testhost_close(testhost);
}

static void wrong_configs_are_refused(void **state)
{
#define REST INPUT("[\"a\"]", "[1]", "FP32") ", " ONE_SCORE
    static const struct {
        const char *component, *words;
    } cases[] = {
        {"{\"model_end_point\": \"h\", " REST "}", "model_name: is missing"},
        {"{\"model_name\": \"m\", " REST "}", "model_end_point: is missing"},
        {"{" MODEL ", " ONE_SCORE "}", "inputs: is empty"},
        {"{" MODEL ", " INPUT("[\"a\"]", "[1]", "FP32") "}", "outputs: is empty"},
        {"{" MODEL ", " INPUT("[\"a\"]", "[1]", "FP32") ", " OUTPUT("[\"s\", \"t\"]", "[[1]]", "FP32") "}",
         "outputs[0].model_scores_dims: must have the dimensions of each"},
        {"{" MODEL ", " INPUT("[\"a\"]", "[1]", "FP32") ", " OUTPUT("[\"s\"]", "[[0]]", "FP32") "}",
         "outputs[0].model_scores_dims[0]: dimensions are 1 or more"},
        {"{" MODEL ", " INPUT("[\"a\"]", "[1]", "FP32") ", " OUTPUT("[\"s\"]", "[[100000, 100000]]", "FP32") "}",
         "outputs[0].model_scores_dims[0]: is too large"},
        {"{" MODEL ", " INPUT("[\"a\"]", "[1]", "FP32") ", " OUTPUT("[\"s\", \"s\"]", "[[1], [1]]", "FP32") "}",
         "is written already"},
        {"{" MODEL ", " INPUT("[]", "[1]", "FP32") ", " ONE_SCORE "}", "inputs[0].features: is empty"},
        {"{" MODEL ", " INPUT("[\"a\"]", "[4096, 4097]", "FP32") ", " ONE_SCORE "}", "inputs[0].shape: is too large"},
        {"{" MODEL ", " INPUT("[\"a\"]", "[1]", "FP31") ", " ONE_SCORE "}", "inputs[0].data_type"},
        {"{" MODEL ", \"model_end_points\": [{\"percentage\": 100}], " REST "}",
         "model_end_points[0].endpoint: is missing"},
        {"{\"model_name\": \"m\", \"model_end_points\": [{\"endpoint\": \"a\", \"percentage\": 70}], " REST "}",
         "model_end_points: the percentages must add up to 100, or name model_end_point for the rest"},
        {"{" MODEL ", \"model_end_points\": [{\"endpoint\": \"a\", \"percentage\": 70}, {\"endpoint\": \"b\", "
         "\"percentage\": 31}], " REST "}",
         "model_end_points: the percentages add up to more than 100"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        expect_refusal("predator", cases[i].component, cases[i].words);
}

// Configs that the original accepts and never scores with.
static void the_original_scores_nothing_with_some_configs(void **state)
{
    static const char *const components[] = {
        "{\"model_name\": \"m\", \"model_end_point\": \"h\", \"deadline\": 5, \"component_id\": \"i\", " REST "}",
        "{\"model_name\": \"m\", \"model_end_point\": \"h\", \"batch_size\": 5, \"component_id\": \"i\", " REST "}",
        "{\"model_name\": \"m\", \"model_end_point\": \"h\", \"deadline\": 5, \"batch_size\": 5, " REST "}",
        "{" MODEL ", \"model_end_points\": [{\"endpoint\": \"a\", \"percentage\": 70}], " REST "}",
        "{" MODEL ", " INPUT("[\"a\"]", "[1]", "FP32") ", " OUTPUT("[\"score\", \"t\"]", "[[1]]", "FP32") "}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(components) / sizeof(components[0]); i++) {
        struct testhost *testhost = open_model(components[i], true);
        struct testhost_run *run = start_two(testhost);

        assert_int_equal(testhost_status(run), INFERD_FAILED_PRECONDITION);
        assert_non_null(strstr(testhost_log(testhost), "it scores nothing"));
        assert_int_equal(testhost_get(run, T, "score")->rows, 2);
        testhost_run_free(run);
        testhost_close(testhost);
    }
}

static void no_memory_is_a_status(void **state)
{
    static const char *const components[] = {SIMPLE, SLATES};
    size_t refused = 0;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct testhost *testhost = open_model(components[i], false);

        for (size_t limit = 0; limit < 1000; limit += 16) {
            struct testhost_run *run = testhost_run(testhost);

            testhost_rows(run, 3);
            testhost_slates(run, 1, (uint32_t[]){0, 3}, (uint32_t[]){0, 1, 2});
            testhost_values(run, T, "a", INFERD_TYPE_FP32, (float[]){1, 2, 3});
            testhost_limit_memory(run, limit);
            if (testhost_start(run) != INFERD_PENDING) {
                assert_int_equal(testhost_status(run), INFERD_RESOURCE_EXHAUSTED);
                refused++;
            }
            for (size_t c = 0; c < testhost_calls(run); c++)
                reply_floats(run, c, (float[]){1, 2, 3, 4, 5, 6}, 2, i ? 3 : 1);
            testhost_run_free(run);
        }
        testhost_close(testhost);
    }
    assert_true(refused > 10);
}

static void calls_that_cannot_be_made_fail(void **state)
{
    struct testhost *testhost = open_model(SIMPLE, false);
    struct testhost_run *run = testhost_run(testhost);

    (void)state;
    testhost_rows(run, 3);
    testhost_limit_calls(run, 1);
    assert_int_equal(testhost_start(run), INFERD_PENDING);
    assert_true(testhost_row_failed(run, T, 2));
    reply_floats(run, 0, (float[]){1, 2}, 2, 1);
    assert_int_equal(testhost_status(run), INFERD_OK);
    testhost_run_free(run);
    run = testhost_run(testhost);
    testhost_rows(run, 3);
    testhost_limit_calls(run, 0);
    assert_int_equal(testhost_start(run), INFERD_RESOURCE_EXHAUSTED);
    testhost_run_free(run);
    testhost_close(testhost);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_are_shared_out),
        cmocka_unit_test(each_slate_is_a_call),
        cmocka_unit_test(what_targets_have_comes_before_what_slates_have),
        cmocka_unit_test(requests_without_slates_make_no_call),
        cmocka_unit_test(calibration_makes_two_columns),
        cmocka_unit_test(wrong_configs_are_refused),
        cmocka_unit_test(the_original_scores_nothing_with_some_configs),
        cmocka_unit_test(no_memory_is_a_status),
        cmocka_unit_test(calls_that_cannot_be_made_fail),
    };

    return cmocka_run_group_tests_name("predator", tests, NULL, NULL);
}
