// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What tests of the predator kind share.
#ifndef TESTS_PREDATOR_H
#define TESTS_PREDATOR_H

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
static inline void expect_request(const struct testhost_run *run, size_t call, const char *type, const int64_t *shape,
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

static inline void put_output(struct message *reply, const char *name, const char *type, const int64_t *shape,
                              size_t dims)
{
    struct message output = {0};

    put_text(&output, 1, name);
    put_text(&output, 2, type);
    put_packed(&output, 3, shape, dims);
    put_message(reply, 5, &output);
}

static inline void reply_floats(struct testhost_run *run, size_t call, const float *values, int64_t rows, int64_t width)
{
    struct message reply = {0};

    put_output(&reply, "o", "FP32", SHAPE(rows, width));
    put_bytes(&reply, 6, (struct inferd_bytes){(const uint8_t *)values, (size_t)(4 * rows * width)});
    testhost_reply(run, call, bytes_of(&reply));
}

static inline struct testhost *open_model(const char *component, bool compat)
{
    static const char *const settings[] = {"--model-server-port=99", "--model-server-caller-token=secret", NULL};

    return open_component("predator", component, "{\"error_logging_percent\": 100}", compat, settings);
}

static inline struct testhost_run *start_floats(struct testhost *testhost, uint32_t rows, const float *a,
                                                const float *b)
{
    struct testhost_run *run = testhost_run(testhost);

    testhost_rows(run, rows);
    testhost_values(run, T, "a", INFERD_TYPE_FP32, a);
    testhost_values(run, T, "b", INFERD_TYPE_FP32, b);
    testhost_start(run);
    return run;
}

static inline struct testhost_run *start_two(struct testhost *testhost)
{
    struct testhost_run *run = testhost_run(testhost);

    testhost_rows(run, 2);
    testhost_values(run, T, "a", INFERD_TYPE_FP32, (float[]){1, 2});
    testhost_start(run);
    return run;
}

#endif
