// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// ModelInfer (proto/kserve.proto). A model file names no tensors, so any names do: inputs are joined column by column
// in the request's order and must have as many columns as the model has features; the output is called as the request
// calls it.
#include "kserve.h"
#include "tensor.h"

enum { INFER_MODEL = 1, INFER_VERSION = 2, INFER_ID = 3, INFER_INPUTS = 5, INFER_OUTPUTS = 6, INFER_RAW_INPUTS = 7 };
enum { OUTPUT_NAME = 1, OUTPUT_DATATYPE = 2, OUTPUT_SHAPE = 3, OUTPUT_CONTENTS = 5 };
enum { CONTENTS_FP32 = 6 };
enum { REPLY_MODEL = 1, REPLY_VERSION = 2, REPLY_ID = 3, REPLY_OUTPUTS = 5, REPLY_RAW_OUTPUTS = 6 };

struct inference {
    const struct xgboost_model *model;
    struct tensor *inputs;
    struct inferd_bytes *raw;
    size_t n_inputs, n_raw;
    size_t rows;
    struct inferd_bytes output; // its name
};

static bool refuse(struct exchange *exchange, const struct tensor *tensor, size_t index, const char *problem)
{
    exchange_fail(exchange, INFERD_INVALID_ARGUMENT, "input %zu '%.*s' %s", index, (int)tensor->name.len,
                  (const char *)tensor->name.data, problem ? problem : "finds no memory");
    return false;
}

static bool read_inputs(struct exchange *exchange, struct inference *inference)
{
    struct inferd_bytes *messages = exchange_list(exchange, exchange->request, INFER_INPUTS, &inference->n_inputs);
    size_t width = 0;

    inference->raw = exchange_list(exchange, exchange->request, INFER_RAW_INPUTS, &inference->n_raw);
    inference->inputs = arena_zalloc(exchange->arena, (inference->n_inputs + 1) * sizeof *inference->inputs);
    if (!messages || !inference->raw || !inference->inputs)
        return false;
    for (size_t i = 0; i < inference->n_inputs; i++) {
        struct tensor *tensor = &inference->inputs[i];
        const char *problem = tensor_read(messages[i], tensor, exchange->arena);

        if (!problem && inference->n_raw > 0 && tensor->has_contents)
            problem = "has contents beside raw_input_contents; send one of them";
        if (!problem && tensor->rows != inference->inputs[0].rows)
            problem = arena_printf(exchange->arena, "has %zu rows; the first input has %zu", tensor->rows,
                                   inference->inputs[0].rows);
        if (problem)
            return refuse(exchange, tensor, i, problem);
        width += tensor->width;
    }
    if (inference->n_raw > 0 && inference->n_raw != inference->n_inputs)
        exchange_fail(exchange, INFERD_INVALID_ARGUMENT, "%zu inputs, but %zu raw_input_contents", inference->n_inputs,
                      inference->n_raw);
    else if (width != inference->model->n_features)
        exchange_fail(exchange, INFERD_INVALID_ARGUMENT,
                      "model '%s' has %zu features; the inputs have %zu columns in all", inference->model->name,
                      inference->model->n_features, width);
    else
        return true;
    return false;
}

static bool read_output(struct exchange *exchange, struct inference *inference)
{
    size_t n, n_names;
    struct inferd_bytes *outputs = exchange_list(exchange, exchange->request, INFER_OUTPUTS, &n), *names;

    inference->output = inferd_bytes_of(KSERVE_OUTPUT);
    if (!outputs)
        return false;
    if (n > 1) {
        exchange_fail(exchange, INFERD_INVALID_ARGUMENT, "model '%s' has one output; %zu are asked for",
                      inference->model->name, n);
        return false;
    }
    if (n == 0)
        return true;
    names = exchange_list(exchange, outputs[0], OUTPUT_NAME, &n_names);
    if (names && n_names > 0)
        inference->output = names[n_names - 1];
    return names != NULL;
}

// All inputs side by side: a row of features for each of the rows.
static float *gather(struct exchange *exchange, const struct inference *inference)
{
    size_t width = inference->model->n_features, at = 0;
    float *features = NULL;

    if (inference->rows <= SIZE_MAX / sizeof *features / width)
        features = arena_alloc(exchange->arena, inference->rows * width * sizeof *features);
    if (!features)
        exchange_fail(exchange, INFERD_RESOURCE_EXHAUSTED, "no memory for %zu rows", inference->rows);
    for (size_t i = 0; i < inference->n_inputs && features; i++) {
        const struct tensor *tensor = &inference->inputs[i];
        const char *problem = tensor_floats(tensor, inference->n_raw > 0 ? &inference->raw[i] : NULL, features + at,
                                            width, exchange->arena);

        if (problem) {
            refuse(exchange, tensor, i, problem);
            return NULL;
        }
        at += tensor->width;
    }
    return features;
}

static void predict(struct exchange *exchange, const struct inference *inference, const float *features, uint8_t *out)
{
    const struct xgboost_model *model = inference->model;
    float *sums = arena_alloc(exchange->arena, model->n_groups * sizeof *sums);

    if (!sums || !out) {
        exchange_fail(exchange, INFERD_RESOURCE_EXHAUSTED, "no memory for %zu predictions", inference->rows);
        return;
    }
    for (size_t i = 0; i < inference->rows; i++) {
        xgboost_predict(model, features + i * model->n_features, sums);
        memcpy(out, sums, model->n_outputs * sizeof *sums);
        out += model->n_outputs * sizeof *sums;
    }
}

static void reply(struct exchange *exchange, const struct inference *inference, const float *features)
{
    size_t size = inference->rows * inference->model->n_outputs * sizeof(float), output, contents;
    struct inferd_bytes id = kserve_field(exchange, INFER_ID);
    bool typed = exchange->manners->typed;

    writer_put_string(&exchange->reply, REPLY_MODEL, inference->model->name);
    writer_put_string(&exchange->reply, REPLY_VERSION, KSERVE_VERSION);
    if (id.len > 0)
        writer_put_bytes(&exchange->reply, REPLY_ID, id);
    output = writer_begin(&exchange->reply, REPLY_OUTPUTS);
    writer_put_bytes(&exchange->reply, OUTPUT_NAME, inference->output);
    writer_put_string(&exchange->reply, OUTPUT_DATATYPE, "FP32");
    writer_put_number(&exchange->reply, OUTPUT_SHAPE, inference->rows);
    writer_put_number(&exchange->reply, OUTPUT_SHAPE, inference->model->n_outputs);
    if (typed) {
        contents = writer_begin(&exchange->reply, OUTPUT_CONTENTS);
        predict(exchange, inference, features, writer_put_space(&exchange->reply, CONTENTS_FP32, size));
        writer_end(&exchange->reply, contents);
    }
    writer_end(&exchange->reply, output);
    if (!typed)
        predict(exchange, inference, features, writer_put_space(&exchange->reply, REPLY_RAW_OUTPUTS, size));
}

void kserve_model_infer(struct exchange *exchange)
{
    struct inferd_bytes name = kserve_field(exchange, INFER_MODEL), version = kserve_field(exchange, INFER_VERSION);
    struct inference inference = {.n_inputs = 0};
    const float *features;

    if (exchange->status != INFERD_OK || !(inference.model = kserve_find_model(exchange, name, version)))
        return;
    if (!read_inputs(exchange, &inference) || !read_output(exchange, &inference))
        return;
    inference.rows = inference.inputs[0].rows;
    features = gather(exchange, &inference);
    if (features)
        reply(exchange, &inference, features);
    exchange_note(exchange, "model %s, %zu rows", inference.model->name, inference.rows);
}
