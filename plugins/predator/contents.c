// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// InferTensorContents{bool_contents=1, int_contents=2, int64_contents=3, uint_contents=4, uint64_contents=5,
// fp32_contents=6, fp64_contents=7, bytes_contents=8}: typed elements, made what raw contents would be.
#include <inferd/wire.h>
#include "reply.h"

// The field that holds elements of a type, and the bytes of one of them; 0: none does.
static uint32_t field_of(unsigned type, uint32_t *size)
{
    *size = inferd_type_size(type);
    switch (type) {
    case INFERD_TYPE_BOOL:
        return 1;
    case INFERD_TYPE_INT8:
    case INFERD_TYPE_INT16:
    case INFERD_TYPE_INT32:
        return 2;
    case INFERD_TYPE_INT64:
        return 3;
    case INFERD_TYPE_UINT8:
    case INFERD_TYPE_UINT16:
    case INFERD_TYPE_UINT32:
        return 4;
    case INFERD_TYPE_UINT64:
        return 5;
    case INFERD_TYPE_FP32:
        return 6;
    case INFERD_TYPE_FP64:
        return 7;
    case INFERD_TYPE_STRING:
        return 8;
    default:
        return 0;
    }
}

static bool is_fixed(unsigned type)
{
    return type == INFERD_TYPE_FP32 || type == INFERD_TYPE_FP64;
}

// Bytes that one occurrence of the field becomes.
static size_t part_size(const struct inferd_wire_field *field, unsigned type, uint32_t size)
{
    if (type == INFERD_TYPE_STRING)
        return 4 + field->bytes.len;
    return is_fixed(type) ? field->bytes.len : inferd_wire_count_varints(field->bytes) * size;
}

static uint8_t *put_part(uint8_t *at, const struct inferd_wire_field *field, unsigned type, uint32_t size)
{
    struct inferd_wire_reader numbers = inferd_wire_numbers(field);
    uint64_t value;

    if (type == INFERD_TYPE_STRING)
        at = inferd_wire_put_bits32(at, (uint32_t)field->bytes.len);
    if (type == INFERD_TYPE_STRING || is_fixed(type)) {
        if (field->bytes.len)
            memcpy(at, field->bytes.data, field->bytes.len);
        return at + field->bytes.len;
    }
    while (inferd_wire_varint(&numbers, &value)) {
        for (uint32_t i = 0; i < size; i++) // little-endian; the low bytes of what was sign-extended
            at[i] = (uint8_t)(value >> 8 * i);
        at += size;
    }
    return at;
}

static bool is_part(const struct inferd_wire_field *field, uint32_t number)
{
    uint32_t wire = field->tag & 7;

    return field->tag >> 3 == number && wire != INFERD_WIRE_GROUP_BEGIN && wire != INFERD_WIRE_GROUP_END;
}

struct inferd_bytes predator_contents(const struct predator *predator, struct inferd_step *step, unsigned type,
                                      struct inferd_bytes contents)
{
    struct inferd_wire_reader fields = inferd_wire_read(contents);
    struct inferd_wire_field field;
    struct inferd_bytes data = {(const uint8_t *)"", 0};
    uint32_t size, number = field_of(type, &size);
    size_t total = 0, parts = 0;
    uint8_t *at;

    while (inferd_wire_next(&fields, &field)) {
        if (number == 0 || !is_part(&field, number))
            continue;
        total += part_size(&field, type, size);
        data = field.bytes;
        parts++;
    }
    if (total == 0 || (parts == 1 && is_fixed(type)))
        return total ? data : (struct inferd_bytes){(const uint8_t *)"", 0}; // one packed field is raw already
    at = predator->host->alloc(step, total);
    data = (struct inferd_bytes){at, 0};
    fields = inferd_wire_read(contents);
    while (at && inferd_wire_next(&fields, &field))
        if (is_part(&field, number))
            at = put_part(at, &field, type, size);
    data.len = at ? (size_t)(at - data.data) : 0;
    return data;
}
