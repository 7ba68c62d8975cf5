// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What model servers are sent: batches, shapes, types of inputs, vectors.
#include "predator.h"

static void rows_go_out_in_batches(void **state)
{
    struct testhost *testhost = open_model(SIMPLE, false);
    struct testhost_run *run = start_floats(testhost, 3, (float[]){1, 2, 3}, (float[]){10, 20, 30});
    const struct testhost_call *call = testhost_call(run, 0);

    (void)state;
    assert_int_equal(testhost_calls(run), 2);
    expect_request(run, 0, "FP32", SHAPE(2, 2), BYTES(((float[]){1, 10, 2, 20})));
    expect_request(run, 1, "FP32", SHAPE(1, 2), BYTES(((float[]){3, 30})));
    assert_string_equal(call->address, "host:99");
    assert_string_equal(call->path, "/inference.GRPCInferenceService/ModelInfer");
    assert_int_equal(call->timeout_ms, 50);
    assert_string_equal(testhost_call_header(call, "predator-caller-id"), "inferflow");
    assert_string_equal(testhost_call_header(call, "predator-auth-token"), "secret");
    assert_int_equal(testhost_column(testhost, T, "a")->read_flags, INFERD_READ_SCHEMA);
    reply_floats(run, 1, (float[]){0.5f}, 1, 1);
    reply_floats(run, 0, (float[]){0.25f, 0.125f}, 2, 1);
    assert_int_equal(testhost_status(run), INFERD_OK);
    assert_string_equal(testhost_text(run, T, "score", 0), "0.25");
    assert_string_equal(testhost_text(run, T, "score", 1), "0.125");
    assert_string_equal(testhost_text(run, T, "score", 2), "0.5");
    testhost_run_free(run);
    testhost_close(testhost);
}

static void what_is_missing_is_zero_and_counted(void **state)
{
    struct testhost *testhost = open_model(SIMPLE, false);
    struct testhost_run *run = testhost_run(testhost);

    (void)state;
    testhost_rows(run, 2);
    testhost_inline(run, T, "a", (const char *[]){"1.5", "no number"});
    testhost_start(run); // the request has no b
    expect_request(run, 0, "FP32", SHAPE(2, 2), BYTES(((float[]){1.5f, 0, 0, 0})));
    assert_int_equal(testhost_defaulted(run, "a"), 1);
    assert_int_equal(testhost_defaulted(run, "b"), 2);
    testhost_run_free(run);
    testhost_close(testhost);
}

static void many_rows_are_written_in_blocks(void **state)
{
    struct testhost *testhost = open_model("{\"model_name\": \"m\", \"model_end_point\": \"host\", " INPUT(
                                               "[\"a\", \"b\"]", "[2]", "FP32") ", " ONE_SCORE "}",
                                           false);
    enum { ROWS = 5000 };
    static float a[ROWS], b[ROWS], both[2 * ROWS];
    static struct inferd_wire_field field;
    struct inferd_wire_reader fields;
    struct testhost_run *run;

    (void)state;
    for (int i = 0; i < ROWS; i++) {
        both[2 * i] = a[i] = (float)i;
        both[2 * i + 1] = b[i] = (float)-i;
    }
    run = start_floats(testhost, ROWS, a, b);
    assert_int_equal(testhost_calls(run), 1); // no batch_size: all in one
    assert_int_equal(testhost_call(run, 0)->timeout_ms, 200);
    fields = inferd_wire_read(testhost_call(run, 0)->message);
    while (inferd_wire_next(&fields, &field) && field.tag != INFERD_WIRE_TAG(7, INFERD_WIRE_BYTES))
        ;
    assert_int_equal(field.bytes.len, sizeof(both));
    assert_memory_equal(field.bytes.data, both, sizeof(both));
    testhost_run_free(run);
    testhost_close(testhost);
}

static void texts_have_their_lengths_before_them(void **state)
{
    struct testhost *testhost =
        open_model("{" MODEL ", " INPUT("[\"name\", \"n\"]", "[2]", "BYTES") ", " ONE_SCORE "}", false);
    struct testhost_run *run = testhost_run(testhost);

    (void)state;
    testhost_rows(run, 2);
    testhost_inline(run, T, "name", (const char *[]){"abc", NULL});
    testhost_values(run, T, "n", INFERD_TYPE_INT64, (int64_t[]){-12, 5});
    testhost_start(run);
    expect_request(run, 0, "BYTES", SHAPE(2, 2),
                   LITERAL("\3\0\0\0abc\3\0\0\0-12\3\0\0\0"
                           "0.0\1\0\0\0"
                           "5"));
    assert_int_equal(testhost_defaulted(run, "name"), 1);
    testhost_run_free(run);
    testhost_close(testhost);
}

static struct testhost_run *start_vectors(struct testhost *testhost)
{
    struct testhost_run *run = testhost_run(testhost);
    const struct inferd_bytes vectors[] = {BYTES(((float[]){1, 2, 3})), {NULL, 0}};

    testhost_rows(run, 2);
    testhost_cells(run, T, "v", INFERD_TYPE_FP32_VECTOR, 0, vectors);
    testhost_values(run, T, "n", INFERD_TYPE_INT32, (int32_t[]){8, 9});
    testhost_start(run);
    return run;
}

static void a_missing_vector_keeps_its_place(void **state)
{
    struct testhost *testhost =
        open_model("{" MODEL ", " INPUT("[\"v\", \"n\"]", "[4]", "FP64") ", " ONE_SCORE "}", false);
    struct testhost_run *run = start_vectors(testhost);

    (void)state;
    expect_request(run, 0, "FP64", SHAPE(2, 4), BYTES(((double[]){1, 2, 3, 8, 0, 0, 0, 9})));
    assert_int_equal(testhost_defaulted(run, "v"), 1);
    testhost_run_free(run);
    testhost_close(testhost);
}

static struct inferd_bytes ragged(const char *shape, bool compat, const struct inferd_bytes *vectors,
                                  uint32_t defaulted)
{
    static uint8_t sent[256];
    struct inferd_wire_reader fields;
    struct inferd_wire_field field;
    struct testhost_run *run;
    struct testhost *testhost;
    char component[512];
    size_t len = 0;

    snprintf(
        component, sizeof(component),
        "{\"model_name\": \"m\", \"model_end_point\": \"h\", \"deadline\": 5, \"batch_size\": 9, \"component_id\": "
        "\"i\", " INPUT("[\"v\"]", "%s", "FP32") ", " ONE_SCORE "}",
        shape);
    testhost = open_model(component, compat);
    run = testhost_run(testhost);
    testhost_rows(run, 3);
    testhost_cells(run, T, "v", INFERD_TYPE_FP32_VECTOR, 0, vectors);
    testhost_start(run);
    assert_int_equal(testhost_defaulted(run, "v"), defaulted);
    fields = inferd_wire_read(testhost_call(run, 0)->message);
    while (inferd_wire_next(&fields, &field))
        if (field.tag == INFERD_WIRE_TAG(7, INFERD_WIRE_BYTES))
            memcpy(sent, field.bytes.data, len = field.bytes.len);
    testhost_run_free(run);
    testhost_close(testhost);
    return (struct inferd_bytes){sent, len};
}

static void expect_floats(struct inferd_bytes sent, const float *floats, size_t count)
{
    assert_int_equal(sent.len, 4 * count);
    assert_memory_equal(sent.data, floats, sent.len);
}

static void a_vector_of_another_length_moves_nobody(void **state)
{
    const struct inferd_bytes first[] = {BYTES(((float[]){9})), BYTES(((float[]){1, 2})), BYTES(((float[]){3, 4}))};
    const struct inferd_bytes later[] = {BYTES(((float[]){1, 2})), BYTES(((float[]){9, 9, 9})),
                                         BYTES(((float[]){3, 4}))};

    (void)state;
    expect_floats(ragged("[2]", false, first, 1), (float[]){0, 0, 1, 2, 3, 4}, 6); // as the shape says
    expect_floats(ragged("[2]", false, later, 1), (float[]){1, 2, 0, 0, 3, 4}, 6);
    expect_floats(ragged("[-1]", false, later, 1), (float[]){1, 2, 0, 0, 3, 4}, 6);   // as the first row says
    expect_floats(ragged("[5]", false, later, 0), (float[]){1, 2, 9, 9, 9, 3, 4}, 7); // none fits: the server says so
    expect_floats(ragged("[2]", true, later, 0), (float[]){1, 2, 9, 9, 9, 3, 4}, 7);  // as the original does
}

static void an_open_dimension_is_what_is_left(void **state)
{
    for (int compat = 0; compat < 2; compat++) {
        struct testhost *testhost =
            open_model("{" MODEL ", " INPUT("[\"v\", \"n\"]", "[-1]", "FP32") ", " ONE_SCORE "}", compat);
        struct testhost_run *run = start_vectors(testhost);

        expect_request(run, 0, "FP32", SHAPE(2, 4), BYTES(((float[]){1, 2, 3, 8, 0, 0, 0, 9})));
        testhost_run_free(run);
        testhost_close(testhost);
    }
    (void)state;
}

static void the_original_leaves_the_open_dimension_of_bools_open(void **state)
{
    for (int compat = 0; compat < 2; compat++) {
        struct testhost *testhost =
            open_model("{" MODEL ", " INPUT("[\"n\"]", "[-1]", "BOOL") ", " ONE_SCORE "}", compat);
        struct testhost_run *run = testhost_run(testhost);

        testhost_rows(run, 2);
        testhost_values(run, T, "n", INFERD_TYPE_BOOL, (uint8_t[]){2, 0});
        testhost_start(run);
        expect_request(run, 0, "BOOL", SHAPE(2, compat ? -1 : 1), LITERAL("\1\0"));
        testhost_run_free(run);
        testhost_close(testhost);
    }
    (void)state;
}

// A vector given as text: where it is missing, compat sends a single zero, as the original does.
static void inline_vectors_are_separated_by_colons(void **state)
{
    for (int compat = 0; compat < 2; compat++) {
        struct testhost *testhost =
            open_model("{" MODEL ", " INPUT("[\"v\"]", "[3]", "INT32") ", " ONE_SCORE "}", compat);
        struct testhost_run *run = testhost_run(testhost);

        testhost_rows(run, 2);
        testhost_inline(run, T, "v", (const char *[]){"1:-2:3", "1:x:3"});
        testhost_start(run);
        if (compat)
            expect_request(run, 0, "INT32", SHAPE(2, 3), BYTES(((int32_t[]){1, -2, 3, 0})));
        else
            expect_request(run, 0, "INT32", SHAPE(2, 3), BYTES(((int32_t[]){1, -2, 3, 0, 0, 0})));
        testhost_run_free(run);
        testhost_close(testhost);
    }
    (void)state;
}

static void string_vectors_are_split_where_there_is_room(void **state)
{
    const struct inferd_bytes vectors[] = {LITERAL("\2\0\1\0abc"), {NULL, 0}};
    const struct inferd_bytes bools[] = {LITERAL("\1\0"), LITERAL("\0\0")};
    struct testhost *testhost =
        open_model("{" MODEL ", " INPUT("[\"v\", \"b\"]", "[4]", "BYTES") ", " ONE_SCORE "}", false);
    struct testhost_run *run = testhost_run(testhost);

    (void)state;
    testhost_rows(run, 2);
    testhost_cells(run, T, "v", INFERD_TYPE_STRING_VECTOR, 0, vectors);
    testhost_cells(run, T, "b", INFERD_TYPE_BOOL_VECTOR, 0, bools);
    testhost_start(run);
    expect_request(run, 0, "BYTES", SHAPE(2, 4),
                   LITERAL("\2\0\0\0ab\1\0\0\0c\4\0\0\0true\5\0\0\0false"
                           "\3\0\0\0"
                           "0.0\3\0\0\0"
                           "0.0\5\0\0\0false\5\0\0\0false"));
    testhost_run_free(run);
    testhost_close(testhost);
    testhost = open_model("{" MODEL ", " INPUT("[\"v\"]", "[1]", "BYTES") ", " ONE_SCORE "}", false);
    run = testhost_run(testhost);
    testhost_rows(run, 2);
    testhost_cells(run, T, "v", INFERD_TYPE_STRING_VECTOR, 0, vectors);
    testhost_start(run);
    expect_request(run, 0, "BYTES", SHAPE(2, 1),
                   LITERAL("\4\0\0\0ab,c\3\0\0\0"
                           "0.0"));
    testhost_run_free(run);
    testhost_close(testhost);
}

static void a_string_vector_beside_a_text_has_what_is_left_of_the_shape(void **state)
{
    const struct inferd_bytes vectors[] = {LITERAL("\2\0\1\0abc"), {NULL, 0}};
    struct testhost *testhost =
        open_model("{" MODEL ", " INPUT("[\"t\", \"v\"]", "[3]", "BYTES") ", " ONE_SCORE "}", false);
    struct testhost_run *run = testhost_run(testhost);

    (void)state;
    testhost_rows(run, 2);
    testhost_inline(run, T, "t", (const char *[]){"x", "y"});
    testhost_cells(run, T, "v", INFERD_TYPE_STRING_VECTOR, 0, vectors);
    testhost_start(run);
    expect_request(run, 0, "BYTES", SHAPE(2, 3),
                   LITERAL("\1\0\0\0x\2\0\0\0ab\1\0\0\0c"
                           "\1\0\0\0y\3\0\0\0"
                           "0.0\3\0\0\0"
                           "0.0"));
    testhost_run_free(run);
    testhost_close(testhost);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_go_out_in_batches),
        cmocka_unit_test(what_is_missing_is_zero_and_counted),
        cmocka_unit_test(many_rows_are_written_in_blocks),
        cmocka_unit_test(texts_have_their_lengths_before_them),
        cmocka_unit_test(a_missing_vector_keeps_its_place),
        cmocka_unit_test(a_vector_of_another_length_moves_nobody),
        cmocka_unit_test(an_open_dimension_is_what_is_left),
        cmocka_unit_test(the_original_leaves_the_open_dimension_of_bools_open),
        cmocka_unit_test(inline_vectors_are_separated_by_colons),
        cmocka_unit_test(string_vectors_are_split_where_there_is_room),
        cmocka_unit_test(a_string_vector_beside_a_text_has_what_is_left_of_the_shape),
    };

    return cmocka_run_group_tests_name("predator_request", tests, NULL, NULL);
}
