// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Values in protobuf-c's structs, by their descriptors.
#include "every.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

size_t every_value_size(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return 8;
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        return sizeof(void *);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    default:
        return 4; // bools and enums are ints
    }
}

enum inferd_wire_type every_wire_type(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
        return INFERD_WIRE_FIXED32;
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return INFERD_WIRE_FIXED64;
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_BYTES:
    case PROTOBUF_C_TYPE_MESSAGE:
        return INFERD_WIRE_BYTES;
    default:
        return INFERD_WIRE_VARINT;
    }
}

static uint32_t load_u32(const void *at)
{
    uint32_t value;

    memcpy(&value, at, sizeof(value));
    return value;
}

static uint64_t load_u64(const void *at)
{
    uint64_t value;

    memcpy(&value, at, sizeof(value));
    return value;
}

// What stands on the wire for a number in a struct of protobuf-c's.
uint64_t every_bits(ProtobufCType type, const void *at)
{
    switch (type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_ENUM:
        return (uint64_t)(int64_t)(int32_t)load_u32(at);
    case PROTOBUF_C_TYPE_SINT32:
        return inferd_wire_zigzag((int32_t)load_u32(at));
    case PROTOBUF_C_TYPE_SINT64:
        return inferd_wire_zigzag((int64_t)load_u64(at));
    case PROTOBUF_C_TYPE_BOOL:
        return load_u32(at) != 0;
    default:
        return every_value_size(type) == 8 ? load_u64(at) : load_u32(at);
    }
}

// The other way.
void every_store_bits(ProtobufCType type, uint64_t bits, void *at)
{
    uint32_t narrow = (uint32_t)bits;

    if (type == PROTOBUF_C_TYPE_SINT32)
        narrow = (uint32_t)inferd_wire_unzigzag(narrow);
    else if (type == PROTOBUF_C_TYPE_SINT64)
        bits = (uint64_t)inferd_wire_unzigzag(bits);
    else if (type == PROTOBUF_C_TYPE_BOOL)
        narrow = bits != 0;
    if (every_value_size(type) == 8)
        memcpy(at, &bits, 8);
    else
        memcpy(at, &narrow, 4);
}

// Room for one more value of a repeated field, or the place of a singular one.
void *every_place(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    uint8_t *base = (uint8_t *)message, *list;
    size_t size = every_value_size(field->type), count;

    if (field->label != PROTOBUF_C_LABEL_REPEATED)
        return base + field->offset;
    memcpy(&count, base + field->quantifier_offset, sizeof(count));
    memcpy(&list, base + field->offset, sizeof(list));
    list = realloc(list, (count + 1) * size);
    assert_non_null(list);
    memset(list + count * size, 0, size);
    memcpy(base + field->offset, &list, sizeof(list));
    count++;
    memcpy(base + field->quantifier_offset, &count, sizeof(count));
    return list + (count - 1) * size;
}

void every_set_bytes(const ProtobufCFieldDescriptor *field, struct inferd_bytes bytes, void *at)
{
    uint8_t *copy = bytes.len || field->type == PROTOBUF_C_TYPE_STRING ? malloc(bytes.len + 1) : NULL;

    if (copy) {
        if (bytes.len)
            memcpy(copy, bytes.data, bytes.len);
        copy[bytes.len] = '\0';
    }
    if (field->type == PROTOBUF_C_TYPE_STRING) {
        char *old;

        memcpy(&old, at, sizeof(old));
        if (old != (const char *)field->default_value)
            free(old);
        memcpy(at, &copy, sizeof(copy));
    } else {
        ProtobufCBinaryData data;

        memcpy(&data, at, sizeof(data));
        free(data.data);
        data = (ProtobufCBinaryData){bytes.len, copy};
        memcpy(at, &data, sizeof(data));
    }
}
