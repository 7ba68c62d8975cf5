// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// ModelInferRequest{model_name=1, model_version=2, inputs=5{name=1, datatype=2, shape=3}, outputs=6{name=1},
// raw_input_contents=7}. Names and types are encoded once; of a message only shapes and tensors are new.
#include "request.h"

#include <stdlib.h>

#include <inferd/wire.h>

static const char *datatype_of(unsigned type)
{
    switch (type) {
#define INFERD_SCALAR(id, number, name, size, kserve)                                                                  \
    case number:                                                                                                       \
        return kserve;
#include <inferd/types.tbl>
    default:
        return "";
    }
}

static size_t text_size(uint32_t number, const char *text)
{
    return *text ? inferd_wire_bytes_size(number, strlen(text)) : 0;
}

static uint8_t *put_text(uint8_t *at, uint32_t number, const char *text)
{
    return *text ? inferd_wire_put_bytes(at, number, inferd_bytes_of(text)) : at;
}

// Two texts, in memory that is the caller's to free.
static bool encode_pair(struct inferd_bytes *out, const char *one, const char *two)
{
    size_t size = text_size(1, one) + text_size(2, two);
    uint8_t *data = malloc(size + 1);

    if (!data)
        return false;
    put_text(put_text(data, 1, one), 2, two);
    *out = (struct inferd_bytes){data, size};
    return true;
}

bool predator_encode(struct predator *predator)
{
    size_t size = 0;
    uint8_t *at;

    if (!encode_pair(&predator->head, predator->options->model_name, predator->options->model_version))
        return false;
    for (uint32_t i = 0; i < predator->input_count; i++) {
        struct predator_input *input = &predator->inputs[i];

        if (!encode_pair(&input->head, input->option->name, datatype_of(input->type)))
            return false;
    }
    for (uint32_t i = 0; i < predator->output_count; i++)
        size += inferd_wire_bytes_size(6, inferd_wire_bytes_size(1, predator->outputs[i].name.len));
    predator->tail.data = at = malloc(size + 1);
    if (!at)
        return false;
    predator->tail.len = size;
    for (uint32_t i = 0; i < predator->output_count; i++) {
        at = inferd_wire_put_head(at, 6, inferd_wire_bytes_size(1, predator->outputs[i].name.len));
        at = inferd_wire_put_bytes(at, 1, predator->outputs[i].name);
    }
    return true;
}

// The open dimension, -1 in the config: what is left of the elements. The original divides bytes, which comes to the
// same but for texts of several lengths, and sends -1 for bools.
static int64_t open_dimension(const struct predator *predator, const struct predator_tensor *tensor, uint32_t first,
                              uint32_t count)
{
    const struct predator_input *input = tensor->input;
    const int64_t *shape = input->option->shape.items;
    int64_t known = count;
    uint64_t unit;

    if (input->open == SIZE_MAX)
        return 0;
    for (size_t d = 0; d < input->option->shape.count; d++)
        known *= shape[d] == -1 ? 1 : shape[d];
    if (!predator->info->compat)
        return known > 0 ? (int64_t)(predator_tensor_elements(tensor, first, count) / (uint64_t)known) : 0;
    unit = input->type == INFERD_TYPE_BOOL ? 0 : input->size;
    if (input->type == INFERD_TYPE_STRING)
        unit = 4 + predator_tensor_first_text(tensor, first);
    return known > 0 && unit ? (int64_t)(predator_tensor_size(tensor, first, count) / ((uint64_t)known * unit)) : -1;
}

static size_t shape_size(const struct predator_input *input, uint32_t count, int64_t open)
{
    const int64_t *shape = input->option->shape.items;
    size_t size = inferd_wire_varint_size(count);

    for (size_t d = 0; d < input->option->shape.count; d++)
        size += inferd_wire_varint_size((uint64_t)(d == input->open ? open : shape[d]));
    return size;
}

static uint8_t *put_shape(uint8_t *at, const struct predator_input *input, uint32_t count, int64_t open)
{
    const int64_t *shape = input->option->shape.items;

    at = inferd_wire_put_head(at, 3, shape_size(input, count, open));
    at = inferd_wire_put_varint(at, count);
    for (size_t d = 0; d < input->option->shape.count; d++)
        at = inferd_wire_put_varint(at, (uint64_t)(d == input->open ? open : shape[d]));
    return at;
}

static size_t input_size(const struct predator *predator, const struct predator_tensor *tensor, uint32_t first,
                         uint32_t count)
{
    int64_t open = open_dimension(predator, tensor, first, count);

    return tensor->input->head.len + inferd_wire_bytes_size(3, shape_size(tensor->input, count, open));
}

size_t predator_request_size(const struct predator *predator, const struct predator_tensor *tensors, uint32_t first,
                             uint32_t count)
{
    size_t size = predator->head.len + predator->tail.len;

    for (uint32_t i = 0; i < predator->input_count; i++)
        size += inferd_wire_bytes_size(5, input_size(predator, &tensors[i], first, count)) +
                inferd_wire_bytes_size(7, predator_tensor_size(&tensors[i], first, count));
    return size;
}

static uint8_t *put_bytes(uint8_t *at, struct inferd_bytes bytes)
{
    memcpy(at, bytes.data, bytes.len);
    return at + bytes.len;
}

void predator_request_write(const struct predator *predator, struct inferd_step *step,
                            const struct predator_tensor *tensors, uint32_t first, uint32_t count, uint8_t *at)
{
    at = put_bytes(at, predator->head);
    for (uint32_t i = 0; i < predator->input_count; i++) {
        int64_t open = open_dimension(predator, &tensors[i], first, count);

        at = inferd_wire_put_head(at, 5, input_size(predator, &tensors[i], first, count));
        at = put_bytes(at, tensors[i].input->head);
        at = put_shape(at, tensors[i].input, count, open);
    }
    at = put_bytes(at, predator->tail);
    for (uint32_t i = 0; i < predator->input_count; i++) {
        size_t size = predator_tensor_size(&tensors[i], first, count);

        at = inferd_wire_put_head(at, 7, size);
        predator_tensor_write(&tensors[i], predator, step, first, count, at);
        at += size;
    }
}
