// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Expressions computed in process: where they are found, what refuses them, which rows get scores, and what a row that
// can't be computed costs. The expressions' own results are tests/unit/plugins/numerix's.
#include <math.h>

#include "drive.h"

static const struct testhost_resource stored[] = {
    {"numerix/expression-config", "c7", "{\"expression\": \"a b *\"}"},
    {"numerix/expression-config", "broken", "{\"expression\": \"a c *\"}"},
    {"numerix/expression-config", "number", "{\"expression\": 7}"},
    {"numerix/expression-config", "text", "a b *"},
    {"other/expression-config", "c7", "{\"expression\": \"a b +\"}"},
    {NULL, NULL, NULL},
};

static struct testhost *try_open(const char *component, bool compat, const char *setting, char *error, size_t size)
{
    const char *const settings[] = {"--numerix-batch-size=3", setting, NULL};
    struct testhost_options options = {.modules = BUILD_DIR "/plugins",
                                       .kind = "numerix",
                                       .component = component,
                                       .shared = "{\"error_logging_percent\": 100}",
                                       .settings = settings,
                                       .resources = stored,
                                       .compat = compat};

    return testhost_open(&options, error, size);
}

static struct testhost *open_local(const char *component, bool compat, const char *setting)
{
    char error[2048] = "";
    struct testhost *testhost = try_open(component, compat, setting, error, sizeof(error));

    if (!testhost)
        fail_msg("%s", error);
    return testhost;
}

static void expect_refused(const char *component, const char *setting, const char *words)
{
    char error[2048] = "";
    struct testhost *testhost = try_open(component, false, setting, error, sizeof(error));

    testhost_close(testhost);
    if (testhost || !strstr(error, words))
        fail_msg("refused for \"%s\", not for: %s", error, words);
}

#define COMPONENT(rest)                                                                                                \
    "{\"component_id\": \"id\", \"score_col\": \"score\", \"data_type\": \"FP32\","                                    \
    " \"score_mapping\": {\"a@FP32\": \"fa\", \"b\": \"fb\"}, " rest "}"

static struct testhost_run *run_ab(struct testhost *testhost, uint32_t rows, const float *a, const float *b)
{
    struct testhost_run *run = testhost_run(testhost);

    testhost_rows(run, rows);
    testhost_values(run, T, "fa", INFERD_TYPE_FP32, a);
    testhost_values(run, T, "fb", INFERD_TYPE_FP32, b);
    testhost_start(run);
    assert_int_equal(testhost_calls(run), 0);
    return run;
}

// The scores as texts, with a space in between; "-" where there is none.
static const char *scores(struct testhost_run *run, unsigned space, uint32_t rows)
{
    static char all[1024];
    size_t len = 0;

    for (uint32_t row = 0; row < rows; row++) {
        const char *text = testhost_text(run, space, "score", row);

        assert_true(*text ? !testhost_row_failed(run, space, row) : testhost_row_failed(run, space, row));
        len += (size_t)snprintf(all + len, sizeof(all) - len, "%s%s", row ? " " : "", *text ? text : "-");
    }
    return all;
}

static void is_found_where_it_is(void **state)
{
    static const struct {
        const char *component, *setting, *score;
    } cases[] = {
        {COMPONENT("\"expression\": \"a b -\""), NULL, "1"},
        {COMPONENT("\"expression\": \"a b -\", \"compute\": \"local\", \"compute_id\": \"c7\""), NULL, "1"},
        {COMPONENT("\"compute\": \"local\", \"compute_id\": \"c7\""), NULL, "6"},
        {COMPONENT("\"compute_id\": \"c7\""), "--numerix-compute=local", "6"},
        {COMPONENT("\"compute\": \"local\", \"compute_id\": \"c7\""), "--numerix-app-name=other", "5"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct testhost *testhost = open_local(cases[i].component, false, cases[i].setting);
        struct testhost_run *run = run_ab(testhost, 1, (float[]){3}, (float[]){2});

        assert_int_equal(testhost_status(run), INFERD_OK);
        assert_string_equal(testhost_text(run, T, "score", 0), cases[i].score);
        testhost_run_free(run);
        testhost_close(testhost);
    }
}

static void is_sent_to_the_server_unless_told_otherwise(void **state)
{
    static const char *const components[] = {COMPONENT("\"compute_id\": \"c7\""),
                                             COMPONENT("\"compute_id\": \"c7\", \"compute\": \"remote\"")};

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct testhost *testhost = open_local(components[i], false, i == 1 ? "--numerix-compute=local" : NULL);
        struct testhost_run *run = testhost_run(testhost);

        testhost_rows(run, 1);
        assert_int_equal(testhost_start(run), INFERD_PENDING);
        assert_int_equal(testhost_calls(run), 1);
        testhost_run_free(run);
        testhost_close(testhost);
    }
}

static void wrong_ones_are_refused(void **state)
{
    (void)state;
    expect_refused(COMPONENT("\"expression\": \"a c *\""), NULL,
                   "expression: the expression \"a c *\" is wrong: token 2 'c' is neither an operator");
    expect_refused(COMPONENT("\"expression\": \"a b\""), NULL, "an operator is missing");
    expect_refused(COMPONENT("\"compute\": \"local\", \"compute_id\": \"broken\""), NULL,
                   "compute_id: the expression \"a c *\" is wrong: token 2 'c'");
    expect_refused(COMPONENT("\"compute\": \"local\", \"compute_id\": \"none\""), NULL,
                   "compute_id: asks for \"none\", but there is no numerix/expression-config/none: put it there");
    expect_refused(COMPONENT("\"compute\": \"local\", \"compute_id\": \"number\""), NULL,
                   "numerix/expression-config/number.expression: is the number 7");
    expect_refused(COMPONENT("\"compute\": \"local\", \"compute_id\": \"text\""), NULL,
                   "numerix/expression-config/text: is not JSON");
    expect_refused(COMPONENT("\"compute\": \"local\""), NULL, "compute_id: is missing");
    expect_refused(COMPONENT("\"compute\": \"here\""), NULL, "compute: is \"here\"; write \"remote\"");
    expect_refused(COMPONENT("\"compute_id\": \"c7\""), "--numerix-compute=here",
                   "compute: is missing, and the setting numerix-compute is \"here\"");
    expect_refused(COMPONENT("\"compute\": \"remote\", \"expression\": \"a\", \"compute_id\": \"c7\""), NULL,
                   "expression: has no effect where compute is \"remote\"");
    expect_refused(COMPONENT("\"compute_type\": \"Int32\", \"compute_id\": \"c7\""), NULL, "compute_type: is Int32");
    expect_refused(
        "{\"score_col\": \"s\", \"expression\": \"a\", \"score_mapping\": {\"a@FP32\": \"x\", \"a@FP64\": \"y\"}}",
        NULL, "column 'a' is named twice");
}

static void goes_through_all_rows_at_once(void **state)
{
    struct testhost *testhost = open_local(COMPONENT("\"expression\": \"a b * 1 +\""), false, NULL);
    struct testhost_run *run = testhost_run(testhost);
    float a[130], b[130];

    (void)state;
    for (int i = 0; i < 130; i++) {
        a[i] = (float)i;
        b[i] = 2;
    }
    testhost_rows(run, 130);
    testhost_values(run, T, "fa", INFERD_TYPE_FP32, a);
    testhost_values(run, T, "fb", INFERD_TYPE_FP32, b);
    testhost_missing(run, T, "fa", 64);
    testhost_missing(run, T, "fa", 129);
    assert_int_equal(testhost_start(run), INFERD_OK);
    assert_int_equal(testhost_defaulted(run, "fa"), 2);
    assert_int_equal(testhost_defaulted(run, "fb"), 0);
    for (uint32_t row = 0; row < 130; row++) {
        float want = row == 64 || row == 129 ? 1 : (float)row * 2 + 1, got;

        assert_true(inferd_column_has(testhost_get(run, T, "score"), row));
        memcpy(&got, testhost_get(run, T, "score")->data + row * sizeof(got), sizeof(got));
        assert_true(got == want);
    }
    testhost_run_free(run);
    testhost_close(testhost);
}

static void needs_no_id(void **state)
{
    struct testhost *testhost = open_local(
        "{\"score_col\": \"score\", \"score_mapping\": {\"id\": \"fa\"}, \"expression\": \"id 1 +\"}", false, NULL);
    struct testhost_run *run = testhost_run(testhost);

    (void)state;
    testhost_rows(run, 1);
    testhost_values(run, T, "fa", INFERD_TYPE_INT64, (int64_t[]){41});
    assert_int_equal(testhost_start(run), INFERD_OK);
    assert_string_equal(scores(run, T, 1), "42");
    testhost_run_free(run);
    testhost_close(testhost);
    testhost = open_local(COMPONENT("\"expression\": \"id a +\""), false, NULL); // where it is named, it is 0
    run = run_ab(testhost, 1, (float[]){5}, (float[]){5});
    assert_string_equal(scores(run, T, 1), "5");
    testhost_run_free(run);
    testhost_close(testhost);
}

static void texts_are_read_as_numbers(void **state)
{
    struct testhost *testhost = open_local(COMPONENT("\"expression\": \"a b +\""), false, NULL);
    struct testhost_run *run = testhost_run(testhost);

    (void)state;
    testhost_rows(run, 4);
    testhost_inline(run, T, "fa", (const char *[]){"1.5", "x", NULL, "-3"});
    testhost_texts(run, T, "fb", (const char *[]){"1", "2", "3", "4e2"});
    assert_int_equal(testhost_start(run), INFERD_OK);
    assert_string_equal(scores(run, T, 4), "2.5 2 3 397"); // one that can't be read costs nobody else
    assert_int_equal(testhost_defaulted(run, "fa"), 2);
    testhost_run_free(run);
    testhost_close(testhost);
}

static void scores_get_the_type_of_their_column(void **state)
{
    static const struct {
        const char *type, *scores;
    } cases[] = {{"FP64", "-2.5 300 0.5"}, {"Int32", "-2 300 0"},         {"Uint8", "0 255 0"},
                 {"FP16", "-2.5 300 0.5"}, {"String", "-2.5 300 0.5"},    {"Bool", "true true true"},
                 {"", "-2.5 300 0.5"},     {"FP32Vector", "-2.5 300 0.5"}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char component[256];
        struct testhost *testhost;
        struct testhost_run *run;

        snprintf(component, sizeof(component),
                 "{\"score_col\": \"score\", \"data_type\": \"%s\", \"expression\": \"a\", \"score_mapping\": "
                 "{\"a\": \"fa\"}}",
                 cases[i].type);
        testhost = open_local(component, false, NULL);
        run = testhost_run(testhost);
        testhost_rows(run, 3);
        testhost_values(run, T, "fa", INFERD_TYPE_FP32, (float[]){-2.5f, 300, 0.5f});
        assert_int_equal(testhost_start(run), INFERD_OK);
        assert_string_equal(scores(run, T, 3), cases[i].scores);
        testhost_run_free(run);
        testhost_close(testhost);
    }
}

static void double_precision_is_kept(void **state)
{
    struct testhost *testhost =
        open_local("{\"score_col\": \"score\", \"data_type\": \"FP64\", \"compute_type\": \"FP64\", "
                   "\"expression\": \"a 0.1 +\", \"score_mapping\": {\"a\": \"fa\"}}",
                   false, NULL);
    struct testhost_run *run = testhost_run(testhost);
    double got, a = 1.0 / 3;

    (void)state;
    testhost_rows(run, 1);
    testhost_values(run, T, "fa", INFERD_TYPE_FP64, &a);
    assert_int_equal(testhost_start(run), INFERD_OK);
    memcpy(&got, testhost_get(run, T, "score")->data, sizeof(got));
    assert_true(got == a + 0.1);
    testhost_run_free(run);
    testhost_close(testhost);
}

// Batches are of three rows.
static void a_row_that_fails_costs_only_itself(void **state)
{
    static float a[] = {6, 6, 6, 6, 6, 6, 6}, b[] = {1, 0, 0, 2, 3, 0, 6};
    struct testhost *testhost = open_local(COMPONENT("\"expression\": \"a b /\""), false, NULL);
    struct testhost_run *run = run_ab(testhost, 7, a, b);
    const struct testhost_row_error *errors;

    (void)state;
    assert_int_equal(testhost_status(run), INFERD_OK);
    assert_string_equal(scores(run, T, 7), "6 - - 3 2 - 1");
    assert_int_equal(testhost_row_errors(run, &errors), 2);
    assert_int_equal(errors[0].first, 1);
    assert_int_equal(errors[0].count, 2);
    assert_string_equal(errors[0].message,
                        "expression of the config in process: token 3 '/': the divisor is 0 (target 1)");
    assert_non_null(strstr(testhost_log(testhost), "the divisor is 0"));
    assert_int_equal(testhost_metric(testhost, "inferflow.component.execution.error"), 2);
    for (uint32_t row = 0; row < 7; row++) // what is missing is zero
        assert_true(inferd_column_has(testhost_get(run, T, "score"), row) ||
                    ((const float *)testhost_get(run, T, "score")->data)[row] == 0);
    testhost_run_free(run);
    testhost_close(testhost);
}

static void with_compat_it_costs_its_batch(void **state)
{
    static float a[] = {6, 6, 6, 6, 6, 6, 6}, b[] = {1, 0, 2, 2, 3, 1, 6};
    struct testhost *testhost = open_local(COMPONENT("\"expression\": \"a b /\""), true, NULL);
    struct testhost_run *run = run_ab(testhost, 7, a, b);

    (void)state;
    assert_int_equal(testhost_status(run), INFERD_OK);
    assert_string_equal(scores(run, T, 7), "- - - 3 2 6 1");
    testhost_run_free(run);
    testhost_close(testhost);
}

static void all_rows_failing_fail_the_step(void **state)
{
    (void)state;
    for (int compat = 0; compat < 2; compat++) {
        struct testhost *testhost = open_local(COMPONENT("\"expression\": \"a b /\""), compat, NULL);
        struct testhost_run *run = run_ab(testhost, 4, (float[]){1, 2, 3, 4}, (float[]){0, 0, 0, 0});

        assert_int_equal(testhost_status(run), INFERD_INTERNAL);
        assert_non_null(strstr(testhost_message(run), "the divisor is 0"));
        testhost_run_free(run);
        testhost_close(testhost);
    }
}

static void those_that_look_at_all_rows_see_their_batch(void **state)
{
    static float a[] = {1, 2, 3, 10, 30, 50, 5}, b[] = {1, 1, 1, 1, 0, 1, 1};
    struct testhost *testhost = open_local(COMPONENT("\"expression\": \"a norm_min_max\""), false, NULL);
    struct testhost_run *run = run_ab(testhost, 7, a, b);

    (void)state;
    assert_string_equal(scores(run, T, 7), "0 0.5 1 0 0.5 1 1");
    testhost_run_free(run);
    testhost_close(testhost);
    testhost = open_local(COMPONENT("\"expression\": \"a b / norm_min_max\""), false, NULL);
    run = run_ab(testhost, 7, a, b);
    assert_string_equal(scores(run, T, 7), "0 0.5 1 - - - 1"); // its batch can't do without a row
    testhost_run_free(run);
    testhost_close(testhost);
}

static struct testhost_run *run_slates(struct testhost *testhost, const float *a)
{
    struct testhost_run *run = testhost_run(testhost);

    testhost_rows(run, 5);
    testhost_slates(run, 4, (uint32_t[]){0, 2, 2, 5, 6}, (uint32_t[]){2, 0, 1, 4, 0, 3});
    testhost_values(run, T, "fa", INFERD_TYPE_FP32, a);
    testhost_values(run, S, "fb", INFERD_TYPE_FP32, (float[]){10, 20, 30, 40});
    testhost_start(run);
    return run;
}

static void a_slates_score_is_its_first_targets(void **state)
{
    static float a[] = {0, 2, 4, 8, 16};

    (void)state;
    for (int compat = 0; compat < 2; compat++) {
        struct testhost *testhost =
            open_local(COMPONENT("\"expression\": \"a b +\", \"slate_component\": true"), compat, NULL);
        struct testhost_run *run = run_slates(testhost, a);

        assert_int_equal(testhost_status(run), INFERD_OK);
        assert_string_equal(scores(run, S, 4), "14 - 32 48"); // a slate without targets has none
        testhost_run_free(run);
        run = testhost_run(testhost);
        testhost_rows(run, 1);
        assert_int_equal(testhost_start(run), INFERD_OK); // no slates
        testhost_run_free(run);
        testhost_close(testhost);
    }
}

static void a_slates_other_targets_matter_where_they_are_looked_at(void **state)
{
    static float a[] = {0, 2, 4, 8, 16};
    struct testhost *testhost =
        open_local(COMPONENT("\"expression\": \"a norm_min_max\", \"slate_component\": true"), false, NULL);
    struct testhost_run *run = run_slates(testhost, a);

    (void)state;
    assert_string_equal(scores(run, S, 4), "1 - 0.125 1"); // 4 of {4, 0}; 2 of {2, 16, 0}; 8 alone
    testhost_run_free(run);
    testhost_close(testhost);
    for (int compat = 0; compat < 2; compat++) {
        testhost = open_local(COMPONENT("\"expression\": \"b a /\", \"slate_component\": true"), compat, NULL);
        run = run_slates(testhost, a);
        assert_string_equal(scores(run, S, 4), compat ? "- - - 5" : "2.5 - 15 5");
        testhost_run_free(run);
        run = run_slates(testhost, (float[]){1, 1, 0, 1, 1});
        assert_string_equal(scores(run, S, 4), "- - 30 40");
        testhost_run_free(run);
        testhost_close(testhost);
    }
}

static void no_memory_is_a_status(void **state)
{
    static const char *const components[] = {
        COMPONENT("\"expression\": \"a b + norm_percentile_5_95\""),
        COMPONENT("\"expression\": \"a b +\", \"slate_component\": true"),
        COMPONENT("\"expression\": \"a norm_min_max\", \"slate_component\": true")};
    size_t refused = 0;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct testhost *testhost = open_local(components[i], false, NULL);

        for (size_t limit = 0; limit < 700; limit += 16) {
            struct testhost_run *run = testhost_run(testhost);
            int status;

            testhost_rows(run, 3);
            testhost_slates(run, 1, (uint32_t[]){0, 3}, (uint32_t[]){0, 1, 2});
            testhost_values(run, T, "fa", INFERD_TYPE_FP32, (float[]){1, 2, 3});
            testhost_limit_memory(run, limit);
            status = testhost_start(run);
            if (status != INFERD_OK)
                assert_int_equal(status, INFERD_RESOURCE_EXHAUSTED);
            refused += status != INFERD_OK;
            testhost_run_free(run);
        }
        testhost_close(testhost);
    }
    assert_true(refused > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_found_where_it_is),
        cmocka_unit_test(is_sent_to_the_server_unless_told_otherwise),
        cmocka_unit_test(wrong_ones_are_refused),
        cmocka_unit_test(goes_through_all_rows_at_once),
        cmocka_unit_test(needs_no_id),
        cmocka_unit_test(texts_are_read_as_numbers),
        cmocka_unit_test(scores_get_the_type_of_their_column),
        cmocka_unit_test(double_precision_is_kept),
        cmocka_unit_test(a_row_that_fails_costs_only_itself),
        cmocka_unit_test(with_compat_it_costs_its_batch),
        cmocka_unit_test(all_rows_failing_fail_the_step),
        cmocka_unit_test(those_that_look_at_all_rows_see_their_batch),
        cmocka_unit_test(a_slates_score_is_its_first_targets),
        cmocka_unit_test(a_slates_other_targets_matter_where_they_are_looked_at),
        cmocka_unit_test(no_memory_is_a_status),
    };

    return cmocka_run_group_tests_name("numerix_local", tests, NULL, NULL);
}
