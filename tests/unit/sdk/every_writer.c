// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Messages written with the SDK's wire writer, in the order and with the omissions of protobuf-c.
#include "every.h"

// The values of a field, wherever they lie.
struct values {
    const uint8_t *at;
    size_t count, size;
};

static struct values values_of(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    const uint8_t *base = (const uint8_t *)message;
    struct values values = {base + field->offset, 1, every_value_size(field->type)};

    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        memcpy(&values.count, base + field->quantifier_offset, sizeof(values.count));
        memcpy(&values.at, base + field->offset, sizeof(values.at));
    }
    return values;
}

static struct inferd_bytes bytes_of(const ProtobufCFieldDescriptor *field, const uint8_t *at)
{
    ProtobufCBinaryData data;
    const char *text;

    if (field->type == PROTOBUF_C_TYPE_STRING) {
        memcpy(&text, at, sizeof(text));
        return inferd_bytes_of(text);
    }
    memcpy(&data, at, sizeof(data));
    return (struct inferd_bytes){data.data, data.len};
}

static const ProtobufCMessage *message_at(const uint8_t *at)
{
    const ProtobufCMessage *message;

    memcpy(&message, at, sizeof(message));
    return message;
}

// proto3 leaves singular fields out that are 0 or empty.
static bool is_left_out(const ProtobufCFieldDescriptor *field, const uint8_t *at)
{
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return false;
    return every_wire_type(field->type) == INFERD_WIRE_BYTES ? bytes_of(field, at).len == 0
                                                             : every_bits(field->type, at) == 0;
}

static size_t packed_size(const ProtobufCFieldDescriptor *field, struct values values)
{
    enum inferd_wire_type type = every_wire_type(field->type);
    size_t size = 0;

    if (type != INFERD_WIRE_VARINT)
        return values.count * (type == INFERD_WIRE_FIXED32 ? 4 : 8);
    for (size_t i = 0; i < values.count; i++)
        size += inferd_wire_varint_size(every_bits(field->type, values.at + i * values.size));
    return size;
}

static size_t field_size(const ProtobufCFieldDescriptor *field, const uint8_t *at)
{
    if (field->type == PROTOBUF_C_TYPE_MESSAGE)
        return inferd_wire_bytes_size(field->id, every_size(message_at(at)));
    switch (every_wire_type(field->type)) {
    case INFERD_WIRE_BYTES:
        return inferd_wire_bytes_size(field->id, bytes_of(field, at).len);
    case INFERD_WIRE_FIXED32:
        return inferd_wire_fixed32_size(field->id);
    case INFERD_WIRE_FIXED64:
        return inferd_wire_fixed64_size(field->id);
    default:
        return inferd_wire_number_size(field->id, every_bits(field->type, at));
    }
}

static uint8_t *put_field(uint8_t *at, const ProtobufCFieldDescriptor *field, const uint8_t *value)
{
    if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
        at = inferd_wire_put_head(at, field->id, every_size(message_at(value)));
        return every_put(at, message_at(value));
    }
    switch (every_wire_type(field->type)) {
    case INFERD_WIRE_BYTES:
        return inferd_wire_put_bytes(at, field->id, bytes_of(field, value));
    case INFERD_WIRE_FIXED32:
        return inferd_wire_put_fixed32(at, field->id, (uint32_t)every_bits(field->type, value));
    case INFERD_WIRE_FIXED64:
        return inferd_wire_put_fixed64(at, field->id, every_bits(field->type, value));
    default:
        return inferd_wire_put_number(at, field->id, every_bits(field->type, value));
    }
}

static bool is_packed(const ProtobufCFieldDescriptor *field)
{
    return field->label == PROTOBUF_C_LABEL_REPEATED && (field->flags & PROTOBUF_C_FIELD_FLAG_PACKED);
}

size_t every_size(const ProtobufCMessage *message)
{
    size_t size = 0;

    for (unsigned f = 0; f < message->descriptor->n_fields; f++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[f];
        struct values values = values_of(message, field);

        if (is_packed(field)) {
            size += values.count ? inferd_wire_bytes_size(field->id, packed_size(field, values)) : 0;
            continue;
        }
        for (size_t i = 0; i < values.count; i++) {
            if (!is_left_out(field, values.at + i * values.size))
                size += field_size(field, values.at + i * values.size);
        }
    }
    return size;
}

static uint8_t *put_packed(uint8_t *at, const ProtobufCFieldDescriptor *field, struct values values)
{
    at = inferd_wire_put_head(at, field->id, packed_size(field, values));
    for (size_t i = 0; i < values.count; i++) {
        uint64_t bits = every_bits(field->type, values.at + i * values.size);

        if (every_wire_type(field->type) == INFERD_WIRE_FIXED32)
            at = inferd_wire_put_bits32(at, (uint32_t)bits);
        else if (every_wire_type(field->type) == INFERD_WIRE_FIXED64)
            at = inferd_wire_put_bits64(at, bits);
        else
            at = inferd_wire_put_varint(at, bits);
    }
    return at;
}

uint8_t *every_put(uint8_t *at, const ProtobufCMessage *message)
{
    for (unsigned f = 0; f < message->descriptor->n_fields; f++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[f];
        struct values values = values_of(message, field);

        if (is_packed(field)) {
            at = values.count ? put_packed(at, field, values) : at;
            continue;
        }
        for (size_t i = 0; i < values.count; i++) {
            if (!is_left_out(field, values.at + i * values.size))
                at = put_field(at, field, values.at + i * values.size);
        }
    }
    return at;
}
