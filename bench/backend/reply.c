// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The backend's rules. They take their time: the server asks for each request once and remembers.
#include "bench/backend/reply.h"
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "bench/support.h"
#include "proto/kserve.pb-c.h"
#include "proto/numerix.pb-c.h"
#include "proto/retrieve.pb-c.h"

// A message being written: fields are appended, a nested message is written aside and then appended whole.
struct message {
    uint8_t *bytes;
    size_t len, capacity;
};

static void add(struct message *message, const void *data, size_t len)
{
    if (message->len + len > message->capacity) {
        message->capacity = 2 * (message->len + len);
        message->bytes = need(realloc(message->bytes, message->capacity));
    }
    if (len > 0)
        memcpy(message->bytes + message->len, data, len);
    message->len += len;
}

static void add_number(struct message *message, uint64_t number)
{
    do {
        uint8_t byte = (uint8_t)(number & 127) | (number > 127 ? 128 : 0);

        add(message, &byte, 1);
        number >>= 7;
    } while (number > 0);
}

static void add_bytes(struct message *message, unsigned field, const void *data, size_t len)
{
    add_number(message, field << 3 | 2);
    add_number(message, len);
    add(message, data, len);
}

static void add_text(struct message *message, unsigned field, const char *text)
{
    add_bytes(message, field, text, strlen(text));
}

static void add_varint(struct message *message, unsigned field, uint64_t number)
{
    add_number(message, field << 3);
    add_number(message, number);
}

static void add_nested(struct message *message, unsigned field, struct message *nested)
{
    add_bytes(message, field, nested->bytes, nested->len);
    free(nested->bytes);
    *nested = (struct message){0};
}

static uint64_t h(uint64_t hash, const void *data, size_t len)
{
    const uint8_t *bytes = data;

    for (size_t i = 0; i < len; i++)
        hash = (hash ^ bytes[i]) * 0x100000001b3u;
    return hash;
}

static const uint64_t h_start = 0xcbf29ce484222325u;

static uint64_t h_text(uint64_t hash, const char *text)
{
    return h(hash, text, strlen(text));
}

static float unit(uint64_t hash)
{
    return (float)(hash >> 40) / 16777216.0f;
}

static void add_feature_row(struct message *result, const Retrieve__Query *query, const Retrieve__Keys *keys)
{
    struct message row = {0};
    uint64_t key = h_start;

    for (size_t i = 0; i < keys->n_cols; i++) {
        key = h_text(key, keys->cols[i]);
        add_text(&row, 1, keys->cols[i]);
    }
    key = h_text(key, query->entity_label);
    for (size_t g = 0; g < query->n_feature_groups; g++) {
        const Retrieve__FeatureGroup *group = query->feature_groups[g];
        uint64_t hash = h_text(key, group->label);

        for (size_t i = 0; i < group->n_feature_labels; i++) {
            float value = unit(h_text(hash, group->feature_labels[i]));

            add_bytes(&row, 2, &value, sizeof(value));
        }
    }
    add_nested(result, 4, &row);
}

static void add_feature_schema(struct message *result, const Retrieve__FeatureGroup *group, size_t *column)
{
    struct message schema = {0}, feature = {0};

    add_text(&schema, 1, group->label);
    for (size_t i = 0; i < group->n_feature_labels; i++) {
        add_text(&feature, 1, group->feature_labels[i]);
        add_varint(&feature, 2, (*column)++);
        add_nested(&schema, 2, &feature);
    }
    add_nested(result, 3, &schema);
}

struct reply reply_features(const uint8_t *request, size_t len)
{
    Retrieve__Query *query = retrieve__query__unpack(NULL, len, request);
    struct message result = {0};
    size_t column = 0;

    if (query == NULL)
        return (struct reply){.fault = "not a Query"};
    add_text(&result, 1, query->entity_label);
    for (size_t i = 0; i < query->n_keys_schema; i++)
        add_text(&result, 2, query->keys_schema[i]);
    for (size_t i = 0; i < query->n_feature_groups; i++)
        add_feature_schema(&result, query->feature_groups[i], &column);
    for (size_t i = 0; i < query->n_keys; i++)
        add_feature_row(&result, query, query->keys[i]);
    retrieve__query__free_unpacked(query, NULL);
    return (struct reply){result.bytes, result.len, NULL};
}

// Whether each input is FP32 with as many rows as the first, and the raw contents have its size.
static const char *fault_of_inputs(const Inference__ModelInferRequest *request)
{
    if (request->n_inputs == 0 || request->n_raw_input_contents != request->n_inputs)
        return "needs inputs, each with raw contents";
    for (size_t i = 0; i < request->n_inputs; i++) {
        const Inference__ModelInferRequest__InferInputTensor *input = request->inputs[i];
        uint64_t size = sizeof(float);

        if (strcmp(input->datatype, "FP32") != 0 || input->n_shape == 0 || input->shape[0] <= 0 ||
            input->shape[0] != request->inputs[0]->shape[0])
            return "needs FP32 inputs with one number of rows";
        for (size_t k = 0; k < input->n_shape; k++)
            size *= (uint64_t)input->shape[k];
        if (size != request->raw_input_contents[i].len)
            return "raw contents don't have the shape's size";
    }
    return NULL;
}

static void add_scores(struct message *response, const Inference__ModelInferRequest *request, const char *output)
{
    size_t rows = (size_t)request->inputs[0]->shape[0];
    uint64_t start = h_text(h_text(h_start, request->model_name), output);
    float *scores = need(calloc(rows, sizeof(*scores)));

    for (size_t row = 0; row < rows; row++) {
        uint64_t hash = start;

        for (size_t i = 0; i < request->n_inputs; i++) {
            size_t width = request->raw_input_contents[i].len / rows;

            hash = h(hash, request->raw_input_contents[i].data + row * width, width);
        }
        scores[row] = unit(hash);
    }
    add_bytes(response, 6, scores, rows * sizeof(*scores));
    free(scores);
}

struct reply reply_scores(const uint8_t *bytes, size_t len)
{
    Inference__ModelInferRequest *request = inference__model_infer_request__unpack(NULL, len, bytes);
    const char *fault = request ? fault_of_inputs(request) : "not a ModelInferRequest";
    struct message response = {0}, output = {0}, shape = {0};

    if (fault == NULL) {
        add_text(&response, 1, request->model_name);
        add_text(&response, 2, request->model_version);
        for (size_t i = 0; i < request->n_outputs; i++) {
            add_text(&output, 1, request->outputs[i]->name);
            add_text(&output, 2, "FP32");
            add_number(&shape, (uint64_t)request->inputs[0]->shape[0]);
            add_number(&shape, 1);
            add_nested(&output, 3, &shape);
            add_nested(&response, 5, &output);
        }
        for (size_t i = 0; i < request->n_outputs; i++)
            add_scores(&response, request, request->outputs[i]->name);
    }
    if (request != NULL)
        inference__model_infer_request__free_unpacked(request, NULL);
    return (struct reply){response.bytes, response.len, fault};
}

static bool add_computed(struct message *scores, const Numerix__EntityScoreData *data, const Numerix__Score *score)
{
    const Numerix__ByteList *list = score->byte_data;
    struct message values = {0}, row = {0};
    uint64_t sum = 0;
    float result;

    if (score->matrix_format_case != NUMERIX__SCORE__MATRIX_FORMAT_BYTE_DATA || list->n_values != data->n_schema ||
        data->n_schema == 0)
        return false;
    for (size_t i = 1; i < list->n_values; i++)
        sum += h(h_text(h_start, data->schema[i]), list->values[i].data, list->values[i].len);
    result = unit(sum);
    add_bytes(&values, 1, list->values[0].data, list->values[0].len);
    add_bytes(&values, 1, &result, sizeof(result));
    add_nested(&row, 2, &values);
    add_nested(scores, 2, &row);
    return true;
}

struct reply reply_compute(const uint8_t *bytes, size_t len)
{
    Numerix__NumerixRequestProto *request = numerix__numerix_request_proto__unpack(NULL, len, bytes);
    const Numerix__EntityScoreData *data = request ? request->entity_score_data : NULL;
    struct message response = {0}, scores = {0};
    const char *fault = data ? NULL : "not a NumerixRequestProto with data";

    if (data != NULL) {
        if (data->n_schema > 0)
            add_text(&scores, 1, data->schema[0]);
        add_text(&scores, 1, "score");
        for (size_t i = 0; i < data->n_entity_scores; i++)
            if (!add_computed(&scores, data, data->entity_scores[i]))
                fault = "needs as many values of bytes in each row as the schema has";
        add_nested(&response, 1, &scores);
    }
    if (request != NULL)
        numerix__numerix_request_proto__free_unpacked(request, NULL);
    return (struct reply){response.bytes, response.len, fault};
}
