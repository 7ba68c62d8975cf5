// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Messages read with the SDK's wire reader. Where a message is rejected or odd, it is noted whether protobuf-c may
// think otherwise of it.
#include "every.h"

#include <stdlib.h>

// The bytes of the varint at a place, without a look at what it says but for its lower bits.
static size_t varint_length(const uint8_t *at, const uint8_t *end, uint64_t *bits)
{
    size_t len = 0;

    *bits = 0;
    while (at + len != end) {
        *bits |= len < 9 ? (uint64_t)(at[len] & 0x7f) << 7 * len : 0;
        if (at[len++] < 0x80)
            break;
    }
    return len;
}

// Looks at the tag and the varint that stand where a reader is going to read.
static void form_opinion(struct inferd_wire_reader reader, struct opinion *opinion)
{
    uint64_t tag, value;
    size_t len = varint_length(reader.at, reader.end, &tag);
    bool has_varint = (tag & 7) == INFERD_WIRE_VARINT || (tag & 7) == INFERD_WIRE_BYTES;

    opinion->loose |= len >= 5 && (len > 5 || tag > UINT32_MAX);
    opinion->loose |= len > 1 && tag < 8;
    opinion->groups |= (tag & 7) == INFERD_WIRE_GROUP_BEGIN;
    reader.at += len;
    len = varint_length(reader.at, reader.end, &value);
    opinion->loose |= has_varint && len == 10 && reader.at[9] > 1;
    opinion->tight |= (tag & 7) == INFERD_WIRE_BYTES && len > 5;
}

static bool read_numbers(ProtobufCMessage *message, const ProtobufCFieldDescriptor *descriptor,
                         const struct inferd_wire_field *field, struct opinion *opinion)
{
    struct inferd_wire_reader numbers = inferd_wire_numbers(field);
    enum inferd_wire_type type = every_wire_type(descriptor->type);
    uint64_t bits;
    uint32_t narrow = 0;

    for (;;) {
        struct inferd_wire_reader before = numbers;
        bool more;

        if (type == INFERD_WIRE_FIXED32) {
            more = inferd_wire_fixed32(&numbers, &narrow);
            bits = narrow;
        } else if (type == INFERD_WIRE_FIXED64) {
            more = inferd_wire_fixed64(&numbers, &bits);
        } else {
            more = inferd_wire_varint(&numbers, &bits);
            opinion->loose |= numbers.bad && before.end - before.at >= 10;
        }
        if (!more)
            return !numbers.bad;
        every_store_bits(descriptor->type, bits, every_place(message, descriptor));
    }
}

static bool read_field(ProtobufCMessage *message, const struct inferd_wire_field *field, struct opinion *opinion)
{
    const ProtobufCFieldDescriptor *descriptor =
        protobuf_c_message_descriptor_get_field(message->descriptor, field->tag >> 3);
    enum inferd_wire_type type = (enum inferd_wire_type)(field->tag & 7);
    ProtobufCMessage *inner;

    if (!descriptor)
        return true;
    if (descriptor->label == PROTOBUF_C_LABEL_REPEATED && every_wire_type(descriptor->type) != INFERD_WIRE_BYTES &&
        (type == INFERD_WIRE_BYTES || type == every_wire_type(descriptor->type)))
        return read_numbers(message, descriptor, field, opinion);
    // protobuf in general skips a known field of another type; protobuf-c rejects the message, except for bools.
    if (type != every_wire_type(descriptor->type)) {
        opinion->loose |= descriptor->type == PROTOBUF_C_TYPE_BOOL;
        return false;
    }
    if (descriptor->type == PROTOBUF_C_TYPE_MESSAGE) {
        inner = every_read(field->bytes, opinion);
        if (!inner)
            return false;
        memcpy(every_place(message, descriptor), &inner, sizeof(inner));
    } else if (type == INFERD_WIRE_BYTES) {
        every_set_bytes(descriptor, field->bytes, every_place(message, descriptor));
    } else {
        every_store_bits(descriptor->type, field->value, every_place(message, descriptor));
    }
    return true;
}

// What inferd_wire_next_bytes() reads inferd_wire_next() reads as well, and it leaves nothing usual out.
static void check_shortcut(struct inferd_wire_reader reader)
{
    struct inferd_wire_reader ahead = reader, behind = reader;
    struct inferd_wire_field field = {0};
    struct inferd_bytes bytes = {NULL, 0};
    bool usual, there;

    if (reader.at == reader.end || *reader.at < 8 || *reader.at >= 0x80 || (*reader.at & 7) != INFERD_WIRE_BYTES)
        return;
    there = inferd_wire_next(&behind, &field);
    usual = there && field.bytes.len < 16384 && field.bytes.data - reader.at <= 3;
    if (inferd_wire_next_bytes(&ahead, *reader.at, &bytes) != usual || ahead.bad ||
        ahead.at != (usual ? behind.at : reader.at) || (usual && bytes.data != field.bytes.data))
        abort();
    if (inferd_wire_next_bytes(&reader, *reader.at ^ 8U, &bytes)) // another field's
        abort();
}

ProtobufCMessage *every_read(struct inferd_bytes bytes, struct opinion *opinion)
{
    ProtobufCMessage *message = every_new();
    struct inferd_wire_reader reader = inferd_wire_read(bytes);
    struct inferd_wire_field field;

    for (;;) {
        if (reader.at != reader.end)
            form_opinion(reader, opinion);
        check_shortcut(reader);
        if (!inferd_wire_next(&reader, &field) || (!read_field(message, &field, opinion) && !inferd_wire_fail(&reader)))
            break;
    }
    if (reader.bad) {
        protobuf_c_message_free_unpacked(message, NULL);
        return NULL;
    }
    return message;
}
