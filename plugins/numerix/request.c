// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// NumerixRequestProto{entity_score_data=1{schema=1, entity_scores=2{byte_data=2{values=1}}, compute_id=3,
// data_type=4}}.
#include "request.h"

#include <stdlib.h>

#include <inferd/wire.h>

#define VALUE_HEAD 2 // of an operand in a message, before its number: tag, length

// A column's name in the expression ends at an '@'. The column of the rows' ids may have been left out.
struct inferd_bytes numerix_id_name(const struct numerix *numerix)
{
    const char *name = *numerix->options->component_id ? numerix->options->component_id : "id";

    return (struct inferd_bytes){(const uint8_t *)name, strcspn(name, "@")};
}

bool numerix_encode(struct numerix *numerix)
{
    struct inferd_bytes compute_id = inferd_bytes_of(numerix->options->compute_id);
    struct inferd_bytes type = inferd_bytes_of(numerix->number == INFERD_TYPE_FP64 ? "fp64" : "fp32");
    size_t schema = inferd_wire_bytes_size(1, numerix_id_name(numerix).len);
    size_t tail = inferd_wire_bytes_size(3, compute_id.len) + inferd_wire_bytes_size(4, type.len);
    uint8_t *at;

    for (uint32_t i = 0; i < numerix->operand_count; i++)
        schema += inferd_wire_bytes_size(1, numerix->operands[i].name.len);
    numerix->schema = (struct inferd_bytes){malloc(schema), schema};
    numerix->tail = (struct inferd_bytes){malloc(tail), tail};
    if (!numerix->schema.data || !numerix->tail.data)
        return false;
    at = inferd_wire_put_bytes((uint8_t *)numerix->schema.data, 1, numerix_id_name(numerix));
    for (uint32_t i = 0; i < numerix->operand_count; i++)
        at = inferd_wire_put_bytes(at, 1, numerix->operands[i].name);
    at = inferd_wire_put_bytes((uint8_t *)numerix->tail.data, 3, compute_id);
    inferd_wire_put_bytes(at, 4, type);
    return true;
}

static size_t values_size(const struct numerix *numerix, const struct numerix_rows *rows, uint32_t row)
{
    return inferd_wire_bytes_size(1, rows->ids[row].len) +
           (size_t)numerix->operand_count * (VALUE_HEAD + numerix->number_size);
}

// The message within the message.
static size_t data_size(const struct numerix *numerix, const struct numerix_rows *rows, uint32_t first, uint32_t count)
{
    size_t size = numerix->schema.len + numerix->tail.len;

    for (uint32_t r = first; r < first + count; r++)
        size += inferd_wire_bytes_size(2, inferd_wire_bytes_size(2, values_size(numerix, rows, r)));
    return size;
}

size_t numerix_request_size(const struct numerix *numerix, const struct numerix_rows *rows, uint32_t first,
                            uint32_t count)
{
    return inferd_wire_bytes_size(1, data_size(numerix, rows, first, count));
}

static uint8_t *put_row(const struct numerix *numerix, const struct numerix_rows *rows, uint32_t row, uint8_t *at)
{
    size_t size = values_size(numerix, rows, row);
    const uint8_t *value = rows->values + (size_t)row * numerix->number_size;

    at = inferd_wire_put_head(at, 2, inferd_wire_bytes_size(2, size));
    at = inferd_wire_put_head(at, 2, size);
    at = inferd_wire_put_bytes(at, 1, rows->ids[row]);
    for (uint32_t i = 0; i < numerix->operand_count; i++, value += (size_t)rows->count * numerix->number_size)
        at = inferd_wire_put_bytes(at, 1, (struct inferd_bytes){value, numerix->number_size});
    return at;
}

void numerix_request_write(const struct numerix *numerix, const struct numerix_rows *rows, uint32_t first,
                           uint32_t count, uint8_t *at)
{
    at = inferd_wire_put_head(at, 1, data_size(numerix, rows, first, count));
    memcpy(at, numerix->schema.data, numerix->schema.len);
    at += numerix->schema.len;
    for (uint32_t r = first; r < first + count; r++)
        at = put_row(numerix, rows, r, at);
    memcpy(at, numerix->tail.data, numerix->tail.len);
}
