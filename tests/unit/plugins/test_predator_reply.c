// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What model servers reply: outputs, types, batches that fail or are short, what is no reply.
#include "predator.h"

#define SEVERAL                                                                                                        \
    "{" MODEL ", " INPUT("[\"a\"]", "[1]", "FP32") ", \"outputs\": ["                                                  \
                                                   "{\"name\": \"x\", \"model_scores\": [\"s\", \"v\"], "              \
                                                   "\"model_scores_dims\": [[1], [2]], \"data_type\": \"FP32\"},"      \
                                                   "{\"name\": \"y\", \"model_scores\": [\"n\"], "                     \
                                                   "\"model_scores_dims\": [[]], \"data_type\": \"DataTypeInt64\"},"   \
                                                   "{\"name\": \"z\", \"model_scores\": [\"t\", \"w\"], "              \
                                                   "\"model_scores_dims\": [[1], [2]], \"data_type\": \"BYTES\"}]}"

static void expect_several(struct testhost_run *run)
{
    assert_int_equal(testhost_status(run), INFERD_OK);
    assert_string_equal(testhost_text(run, T, "s", 0), "1");
    assert_string_equal(testhost_text(run, T, "s", 1), "4");
    assert_string_equal(testhost_text(run, T, "v", 0), "2,3");
    assert_string_equal(testhost_text(run, T, "v", 1), "5,6");
    assert_string_equal(testhost_text(run, T, "n", 0), "-7");
    assert_string_equal(testhost_text(run, T, "n", 1), "8");
    assert_string_equal(testhost_text(run, T, "t", 1), "d");
    assert_string_equal(testhost_text(run, T, "w", 0), "b,c");
    assert_string_equal(testhost_text(run, T, "w", 1), "ee,f");
}

static void outputs_are_found_by_name_and_cut_into_scores(void **state)
{
    struct testhost *testhost = open_model(SEVERAL, false);
    struct testhost_run *run = start_two(testhost);
    struct message reply = {0};

    (void)state;
    assert_int_equal(testhost_column(testhost, T, "v")->type, INFERD_TYPE_FP32_VECTOR);
    assert_string_equal(testhost_column(testhost, T, "v")->spelling, "DataTypeFP32Vector");
    assert_string_equal(testhost_column(testhost, T, "n")->spelling, "DataTypeInt64");
    put_output(&reply, "z", "BYTES", SHAPE(2, 3));
    put_output(&reply, "unknown", "FP31", SHAPE(7));
    put_output(&reply, "x", "FP32", SHAPE(2, 3));
    put_output(&reply, "y", "INT64", SHAPE(2));
    put_bytes(&reply, 6, LITERAL("\1\0\0\0a\1\0\0\0b\1\0\0\0c\1\0\0\0d\2\0\0\0ee\1\0\0\0f"));
    put_bytes(&reply, 6, LITERAL(""));
    put_bytes(&reply, 6, BYTES(((float[]){1, 2, 3, 4, 5, 6})));
    put_bytes(&reply, 6, BYTES(((int64_t[]){-7, 8})));
    testhost_reply(run, 0, bytes_of(&reply));
    expect_several(run);
    testhost_run_free(run);
    testhost_close(testhost);
}

static void put_contents(struct message *reply, const char *name, const char *type, const int64_t *shape, size_t dims,
                         const struct message *contents)
{
    struct message output = {0};

    put_text(&output, 1, name);
    put_text(&output, 2, type);
    put_packed(&output, 3, shape, dims);
    put_message(&output, 5, contents);
    put_message(reply, 5, &output);
}

static void typed_contents_are_read_too(void **state)
{
    struct testhost *testhost = open_model(SEVERAL, false);
    struct testhost_run *run = start_two(testhost);
    struct message reply = {0}, contents = {0};

    (void)state;
    put_bytes(&contents, 6, BYTES(((float[]){1, 2, 3, 4}))); // in two parts, as a packed field may come
    put_bytes(&contents, 6, BYTES(((float[]){5, 6})));
    put_contents(&reply, "x", "FP32", SHAPE(2, 3), &contents);
    contents.len = 0;
    put_packed(&contents, 3, SHAPE(-7, 8));
    put_contents(&reply, "y", "INT64", SHAPE(2, 1), &contents);
    contents.len = 0;
    for (const char *const *text = (const char *const[]){"a", "b", "c", "d", "ee", "f", NULL}; *text; text++)
        put_text(&contents, 8, *text);
    put_contents(&reply, "z", "BYTES", SHAPE(2, 3), &contents);
    testhost_reply(run, 0, bytes_of(&reply));
    expect_several(run);
    testhost_run_free(run);
    testhost_close(testhost);
}

static void empty_contents_beside_raw_ones_do_not_count(void **state)
{
    struct testhost *testhost = open_model(SIMPLE, false);
    struct testhost_run *run = start_floats(testhost, 1, (float[]){1}, (float[]){2});
    struct message reply = {0}, contents = {0};

    (void)state;
    put_contents(&reply, "o", "FP32", SHAPE(1, 1), &contents);
    put_bytes(&reply, 6, BYTES(((float[]){0.5f})));
    testhost_reply(run, 0, bytes_of(&reply));
    assert_string_equal(testhost_text(run, T, "score", 0), "0.5");
    testhost_run_free(run);
    testhost_close(testhost);
}

// A type of replies, with two rows' values as raw and as typed contents, and what becomes of them.
static const struct {
    const char *type;
    struct inferd_bytes raw;
    uint32_t field; // of typed contents, 0: none
    int64_t one, other;
    const char *as_fp32[2], *as_text[2];
} replied[] = {
    {"BOOL", LITERAL("\1\0"), 1, 1, 0, {"1", "0"}, {"true", "false"}},
    {"INT8", LITERAL("\xff\2"), 2, -1, 2, {"-1", "2"}, {"-1", "2"}},
    {"INT16", LITERAL("\xff\xff\2\0"), 2, -1, 2, {"-1", "2"}, {"-1", "2"}},
    {"INT32", LITERAL("\xff\xff\xff\xff\2\0\0\0"), 2, -1, 2, {"-1", "2"}, {"-1", "2"}},
    {"UINT8", LITERAL("\xff\2"), 4, 255, 2, {"255", "2"}, {"255", "2"}},
    {"UINT16", LITERAL("\xff\xff\2\0"), 4, 65535, 2, {"65535", "2"}, {"65535", "2"}},
    {"UINT32", LITERAL("\xff\0\0\0\2\0\0\0"), 4, 255, 2, {"255", "2"}, {"255", "2"}},
    {"UINT64", LITERAL("\xff\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0"), 5, 255, 2, {"255", "2"}, {"255", "2"}},
    {"FP64", LITERAL("\0\0\0\0\0\0\xf0\x3f\0\0\0\0\0\0\0\xc0"), 0, 0, 0, {"1", "-2"}, {"1", "-2"}},
    {"FP16", LITERAL("\0\x3c\0\xc0"), 0, 0, 0, {"1", "-2"}, {"1", "-2"}},
    {"BF16", LITERAL("\x80\x3f\0\xc0"), 0, 0, 0, {"1", "-2"}, {"1", "-2"}},
    {"BYTES",
     LITERAL("\3\0\0\0"
             "1.5\1\0\0\0x"),
     0,
     0,
     0,
     {"1.5", ""},
     {"1.5", "x"}},
};

static void other_types_are_converted(void **state)
{
    static const char *const models[] = {
        "{" MODEL ", " INPUT("[\"a\"]", "[1]", "FP32") ", " OUTPUT("[\"score\"]", "[[1]]", "FP32") "}",
        "{" MODEL ", " INPUT("[\"a\"]", "[1]", "FP32") ", " OUTPUT("[\"score\"]", "[[1]]", "String") "}",
    };

    (void)state;
    for (size_t m = 0; m < 2; m++) {
        struct testhost *testhost = open_model(models[m], false);

        for (size_t i = 0; i < 2 * sizeof(replied) / sizeof(replied[0]); i++) {
            bool typed = i & 1;
            struct testhost_run *run;
            struct message reply = {0}, contents = {0};
            const char *const *expected = m ? replied[i / 2].as_text : replied[i / 2].as_fp32;

            if (typed && replied[i / 2].field == 0)
                continue;
            run = start_two(testhost);
            if (typed) {
                put_packed(&contents, replied[i / 2].field, SHAPE(replied[i / 2].one, replied[i / 2].other));
                put_contents(&reply, "o", replied[i / 2].type, SHAPE(2, 1), &contents);
            } else {
                put_output(&reply, "o", replied[i / 2].type, SHAPE(2, 1));
                put_bytes(&reply, 6, replied[i / 2].raw);
            }
            testhost_reply(run, 0, bytes_of(&reply));
            assert_int_equal(testhost_status(run), INFERD_OK);
            assert_string_equal(testhost_text(run, T, "score", 0), expected[0]);
            assert_string_equal(testhost_text(run, T, "score", 1), expected[1]);
            testhost_run_free(run);
        }
        testhost_close(testhost);
    }
}

static void vectors_of_other_types_are_converted(void **state)
{
    struct testhost *testhost = open_model(
        "{" MODEL ", " INPUT("[\"a\"]", "[1]", "FP32") ", " OUTPUT("[\"v\", \"t\"]", "[[2], [2]]", "INT32") "}", false);
    struct testhost_run *run = start_two(testhost);

    (void)state;
    reply_floats(run, 0, (float[]){1.5f, -2.5f, 3, 4, 5, 6, 7, 8}, 2, 4);
    assert_string_equal(testhost_text(run, T, "v", 0), "1,-2");
    assert_string_equal(testhost_text(run, T, "t", 1), "7,8");
    testhost_run_free(run);
    testhost_close(testhost);
}

static void a_failed_batch_costs_its_rows(void **state)
{
    struct testhost *testhost = open_model(SIMPLE, false);
    struct testhost_run *run = start_floats(testhost, 3, (float[]){1, 2, 3}, (float[]){1, 2, 3});
    const struct testhost_row_error *errors;

    (void)state;
    testhost_fail(run, 0, INFERD_UNAVAILABLE, "no such thing");
    reply_floats(run, 1, (float[]){0.5f}, 1, 1);
    assert_int_equal(testhost_status(run), INFERD_OK);
    assert_string_equal(testhost_text(run, T, "score", 0), "");
    assert_string_equal(testhost_text(run, T, "score", 2), "0.5");
    assert_int_equal(testhost_row_errors(run, &errors), 1);
    assert_int_equal(errors[0].first, 0);
    assert_int_equal(errors[0].count, 2);
    assert_string_equal(errors[0].message, "model m on host:99: UNAVAILABLE: no such thing");
    assert_non_null(strstr(testhost_log(testhost), "no such thing (2 rows from 0 on)"));
    testhost_run_free(run);
    testhost_close(testhost);
}

static void the_step_fails_when_all_batches_do(void **state)
{
    struct testhost *testhost = open_model(SIMPLE, false);
    struct testhost_run *run = start_floats(testhost, 3, (float[]){1, 2, 3}, (float[]){1, 2, 3});

    (void)state;
    testhost_fail(run, 1, INFERD_UNAVAILABLE, "gone");
    testhost_fail(run, 0, INFERD_INTERNAL, "oops");
    assert_int_equal(testhost_status(run), INFERD_UNAVAILABLE);
    assert_string_equal(testhost_message(run), "model m on host:99: UNAVAILABLE: gone");
    assert_int_equal(testhost_metric(testhost, "inferflow.component.execution.error"), 2);
    testhost_run_free(run);
    testhost_close(testhost);
}

static void a_short_reply_costs_its_last_rows(void **state)
{
    struct testhost *testhost = open_model(SIMPLE, false);
    struct testhost_run *run = start_floats(testhost, 3, (float[]){1, 2, 3}, (float[]){1, 2, 3});
    struct message reply = {0};

    (void)state;
    put_output(&reply, "o", "FP32", SHAPE(2, 1)); // says two, has one
    put_bytes(&reply, 6, BYTES(((float[]){0.5f})));
    testhost_reply(run, 0, bytes_of(&reply));
    reply_floats(run, 1, (float[]){0.25f}, 1, 1);
    assert_int_equal(testhost_status(run), INFERD_OK);
    assert_string_equal(testhost_text(run, T, "score", 0), "0.5");
    assert_string_equal(testhost_text(run, T, "score", 1), "");
    assert_string_equal(testhost_text(run, T, "score", 2), "0.25");
    assert_false(testhost_row_failed(run, T, 0));
    assert_true(testhost_row_failed(run, T, 1));
    testhost_run_free(run);
    testhost_close(testhost);
}

static void one_row_for_all_is_all_rows(void **state)
{
    struct testhost *testhost = open_model(SIMPLE, false);
    struct testhost_run *run = start_floats(testhost, 2, (float[]){1, 2}, (float[]){1, 2});

    (void)state;
    reply_floats(run, 0, (float[]){0.5f}, 1, 1);
    assert_string_equal(testhost_text(run, T, "score", 0), "0.5");
    assert_string_equal(testhost_text(run, T, "score", 1), "0.5");
    assert_false(testhost_row_failed(run, T, 1));
    testhost_run_free(run);
    testhost_close(testhost);
}

static void one_row_that_is_left_of_several_is_not_all_rows(void **state)
{
    struct testhost *testhost = open_model(SIMPLE, false);
    struct testhost_run *run = start_floats(testhost, 2, (float[]){1, 2}, (float[]){1, 2});
    struct message reply = {0};

    (void)state;
    put_output(&reply, "o", "FP32", SHAPE(2, 1)); // says two, has one
    put_bytes(&reply, 6, BYTES(((float[]){0.5f})));
    testhost_reply(run, 0, bytes_of(&reply));
    assert_string_equal(testhost_text(run, T, "score", 0), "0.5");
    assert_string_equal(testhost_text(run, T, "score", 1), "");
    assert_true(testhost_row_failed(run, T, 1));
    testhost_run_free(run);
    testhost_close(testhost);
}

static void useless_replies_fail(void **state)
{
    static const struct {
        const char *name, *type;
        int64_t rows, width;
        const char *words;
    } cases[] = {
        {"p", "FP32", 2, 1, "lacks an output"},
        {"o", "FP31", 2, 1, "unknown datatype"},
        {"o", "FP32Vector", 2, 1, "unknown datatype"},
        {"o", "a type with a name that is far too long", 2, 1, "unknown datatype"},
        {"o", "FP32", 2, 2, "another number of elements"},
        {"o", "FP32", 0, 1, "has no rows"},
        {"o", "FP32", -1, 1, "malformed"},
        {"o", "FP32", 2, INT64_MAX, "malformed"},
        {"o", "INT64", 2, 1, "has no rows"}, // four bytes are no INT64
    };
    struct testhost *testhost = open_model(SIMPLE, false);

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct testhost_run *run = start_floats(testhost, 2, (float[]){1, 2}, (float[]){1, 2});
        struct message reply = {0};

        put_output(&reply, cases[i].name, cases[i].type, SHAPE(cases[i].rows, cases[i].width));
        put_bytes(&reply, 6, BYTES(((float[]){1})));
        testhost_reply(run, 0, bytes_of(&reply));
        assert_int_equal(testhost_status(run), INFERD_INTERNAL);
        if (!strstr(testhost_message(run), cases[i].words))
            fail_msg("\"%s\" instead of: %s", testhost_message(run), cases[i].words);
        assert_true(testhost_row_failed(run, T, 1));
        testhost_run_free(run);
    }
    testhost_close(testhost);
}

static void damaged_replies_harm_nobody(void **state)
{
    struct testhost *testhost = open_model(SEVERAL, false);
    struct message replies[2] = {{0}}, contents = {0}, damaged;

    (void)state;
    put_output(&replies[0], "x", "FP32", SHAPE(2, 3));
    put_output(&replies[0], "y", "INT64", SHAPE(2));
    put_output(&replies[0], "z", "BYTES", SHAPE(2, 3));
    put_bytes(&replies[0], 6, BYTES(((float[]){1, 2, 3, 4, 5, 6})));
    put_bytes(&replies[0], 6, BYTES(((int64_t[]){-7, 8})));
    put_bytes(&replies[0], 6, LITERAL("\1\0\0\0a\1\0\0\0b\1\0\0\0c\1\0\0\0d\2\0\0\0ee\1\0\0\0f"));
    put_bytes(&contents, 6, BYTES(((float[]){1, 2, 3, 4, 5, 6})));
    put_contents(&replies[1], "x", "FP32", SHAPE(2, 3), &contents);
    contents.len = 0;
    put_packed(&contents, 3, SHAPE(-7, 8));
    put_contents(&replies[1], "y", "INT64", SHAPE(2), &contents);
    contents.len = 0;
    put_text(&contents, 8, "a");
    put_contents(&replies[1], "z", "BYTES", SHAPE(2, 3), &contents);
    for (unsigned round = 0; round < 6000; round++) {
        struct testhost_run *run = start_two(testhost);

        damage(&replies[round & 1], round / 2, &damaged);
        testhost_reply(run, 0, bytes_of(&damaged));
        assert_int_not_equal(testhost_status(run), INFERD_PENDING);
        if (round / 2 < 40)
            assert_true(testhost_row_failed(run, T, 0));
        testhost_run_free(run);
    }
    testhost_close(testhost);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outputs_are_found_by_name_and_cut_into_scores),
        cmocka_unit_test(typed_contents_are_read_too),
        cmocka_unit_test(empty_contents_beside_raw_ones_do_not_count),
        cmocka_unit_test(other_types_are_converted),
        cmocka_unit_test(vectors_of_other_types_are_converted),
        cmocka_unit_test(a_failed_batch_costs_its_rows),
        cmocka_unit_test(the_step_fails_when_all_batches_do),
        cmocka_unit_test(a_short_reply_costs_its_last_rows),
        cmocka_unit_test(one_row_for_all_is_all_rows),
        cmocka_unit_test(one_row_that_is_left_of_several_is_not_all_rows),
        cmocka_unit_test(useless_replies_fail),
        cmocka_unit_test(damaged_replies_harm_nobody),
    };

    return cmocka_run_group_tests_name("predator_reply", tests, NULL, NULL);
}
