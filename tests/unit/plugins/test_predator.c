// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Models: what tensors are made of columns, which server they go to, what becomes of replies, also of wrong ones.
#include "drive.h"

#define MODEL                                                                                                          \
    "\"model_name\": \"m\", \"model_end_point\": \"host\", \"deadline\": 50, \"batch_size\": 2, \"component_id\": "    \
    "\"id\""
#define INPUT(features, shape, type)                                                                                   \
    "\"inputs\": [{\"name\": \"i\", \"features\": " features ", \"shape\": " shape ", \"data_type\": \"" type "\"}]"
#define OUTPUT(scores, dims, type)                                                                                     \
    "\"outputs\": [{\"name\": \"o\", \"model_scores\": " scores ", \"model_scores_dims\": " dims                       \
    ", \"data_type\": \"" type "\"}]"
#define ONE_SCORE OUTPUT("[\"score\"]", "[[1]]", "FP32")
#define SIMPLE "{" MODEL ", " INPUT("[\"a\", \"b\"]", "[2]", "FP32") ", " ONE_SCORE "}"

// The message for inputs of some rows, with the outputs "o".
static void expect_request(const struct testhost_run *run, size_t call, const char *type, const int64_t *shape,
                           size_t dims, struct inferd_bytes raw)
{
    struct message request = {0}, part = {0};

    put_text(&request, 1, "m");
    put_text(&request, 2, "1");
    put_text(&part, 1, "i");
    put_text(&part, 2, type);
    put_packed(&part, 3, shape, dims);
    put_message(&request, 5, &part);
    part.len = 0;
    put_text(&part, 1, "o");
    put_message(&request, 6, &part);
    put_bytes(&request, 7, raw);
    expect_message(run, call, &request);
}

#define SHAPE(...) ((int64_t[]){__VA_ARGS__}), sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)

static void put_output(struct message *reply, const char *name, const char *type, const int64_t *shape, size_t dims)
{
    struct message output = {0};

    put_text(&output, 1, name);
    put_text(&output, 2, type);
    put_packed(&output, 3, shape, dims);
    put_message(reply, 5, &output);
}

static void reply_floats(struct testhost_run *run, size_t call, const float *values, int64_t rows, int64_t width)
{
    struct message reply = {0};

    put_output(&reply, "o", "FP32", SHAPE(rows, width));
    put_bytes(&reply, 6, (struct inferd_bytes){(const uint8_t *)values, (size_t)(4 * rows * width)});
    testhost_reply(run, call, bytes_of(&reply));
}

static struct testhost *open_model(const char *component, bool compat)
{
    static const char *const settings[] = {"--model-server-port=99", "--model-server-caller-token=secret", NULL};

    return open_component("predator", component, "{\"error_logging_percent\": 100}", compat, settings);
}

static struct testhost_run *start_floats(struct testhost *testhost, uint32_t rows, const float *a, const float *b)
{
    struct testhost_run *run = testhost_run(testhost);

    testhost_rows(run, rows);
    testhost_values(run, T, "a", INFERD_TYPE_FP32, a);
    testhost_values(run, T, "b", INFERD_TYPE_FP32, b);
    testhost_start(run);
    return run;
}

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

#define SEVERAL                                                                                                        \
    "{" MODEL ", " INPUT("[\"a\"]", "[1]", "FP32") ", \"outputs\": ["                                                  \
                                                   "{\"name\": \"x\", \"model_scores\": [\"s\", \"v\"], "              \
                                                   "\"model_scores_dims\": [[1], [2]], \"data_type\": \"FP32\"},"      \
                                                   "{\"name\": \"y\", \"model_scores\": [\"n\"], "                     \
                                                   "\"model_scores_dims\": [[]], \"data_type\": \"DataTypeInt64\"},"   \
                                                   "{\"name\": \"z\", \"model_scores\": [\"t\", \"w\"], "              \
                                                   "\"model_scores_dims\": [[1], [2]], \"data_type\": \"BYTES\"}]}"

static struct testhost_run *start_two(struct testhost *testhost)
{
    struct testhost_run *run = testhost_run(testhost);

    testhost_rows(run, 2);
    testhost_values(run, T, "a", INFERD_TYPE_FP32, (float[]){1, 2});
    testhost_start(run);
    return run;
}

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
