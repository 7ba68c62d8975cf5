// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Reads protobuf's wire format; begin with <inferd/wire.h>. Rejected is what is no message: what is cut off, field
// number 0, wire types 6 and 7, tags of more than 5 bytes or 32 bits, varints of more than 10 bytes or 64 bits, groups
// that don't pair up or nest more than 100 deep.
#ifndef INFERD_WIRE_READER_H
#define INFERD_WIRE_READER_H

#include <inferd/bytes.h>
#include <inferd/wire_tag.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { INFERD_WIRE_MAX_GROUPS = 100 };

// A place in some bytes. Once bad it stays at its end.
struct inferd_wire_reader {
    const uint8_t *at, *end;
    bool bad; // what stood there is no message (or no list of numbers)
};

struct inferd_wire_field {
    uint32_t tag;              // to compare with INFERD_WIRE_TAG()
    uint64_t value;            // of VARINT, FIXED32 (its bits), FIXED64 (its bits); else 0
    struct inferd_bytes bytes; // of BYTES, and the bytes of a number as they stood there; a view of the message
};

// A reader at the front of a message, or of packed numbers. [any]
static inline struct inferd_wire_reader inferd_wire_read(struct inferd_bytes message)
{
    struct inferd_wire_reader reader = {message.data, message.data, false};

    if (message.len)
        reader.end += message.len;
    return reader;
}

// Marks the reader bad, for callers that find a field's value wrong. False. [any]
static inline bool inferd_wire_fail(struct inferd_wire_reader *reader)
{
    reader->at = reader->end;
    reader->bad = true;
    return false;
}

// What the functions for rare cases return; by value, so that the reader of whoever calls them stays in registers.
struct inferd_wire_step {
    const uint8_t *at; // behind what was read; NULL: it was bad
    uint64_t value;
};

INFERD_WIRE_COLD static struct inferd_wire_step inferd_wire_long_varint(const uint8_t *at, const uint8_t *end)
{
    struct inferd_wire_step bad = {NULL, 0}, step = {NULL, 0};

    for (unsigned shift = 0; at != end; shift += 7) {
        uint8_t byte = *at++;

        if (shift == 63 && byte > 1)
            return bad;
        step.value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            step.at = at;
            return step;
        }
    }
    return bad;
}

// The next of packed varints. False at the end, or where the reader is bad. An int32 is (int32_t)value, a bool is
// value != 0. [any]
INFERD_WIRE_INLINE bool inferd_wire_varint(struct inferd_wire_reader *reader, uint64_t *value)
{
    struct inferd_wire_step step;

    if (reader->at == reader->end)
        return false;
    if (INFERD_WIRE_LIKELY(*reader->at < 0x80)) {
        *value = *reader->at++;
        return true;
    }
    step = inferd_wire_long_varint(reader->at, reader->end);
    if (!step.at)
        return inferd_wire_fail(reader);
    reader->at = step.at;
    *value = step.value;
    return true;
}

// The next of packed 4-byte numbers, its bits. False at the end, or where the reader is bad. [any]
static inline bool inferd_wire_fixed32(struct inferd_wire_reader *reader, uint32_t *bits)
{
    if (reader->end - reader->at < 4)
        return reader->at == reader->end ? false : inferd_wire_fail(reader);
    *bits = inferd_bytes_load32(reader->at);
    reader->at += 4;
    return true;
}

// The next of packed 8-byte numbers, its bits. False at the end, or where the reader is bad. [any]
static inline bool inferd_wire_fixed64(struct inferd_wire_reader *reader, uint64_t *bits)
{
    if (reader->end - reader->at < 8)
        return reader->at == reader->end ? false : inferd_wire_fail(reader);
    *bits = inferd_bytes_load64(reader->at);
    reader->at += 8;
    return true;
}

// The numbers of one occurrence of a repeated field, packed or not: what proto3 writes and what it must read. Numbers
// of 4 and 8 bytes lie in it as they are: len / 4 or len / 8 of them. [any]
static inline struct inferd_wire_reader inferd_wire_numbers(const struct inferd_wire_field *field)
{
    return inferd_wire_read(field->bytes);
}

// How many varints begin and end in some bytes: room for those of a packed field. [any]
static inline size_t inferd_wire_count_varints(struct inferd_bytes packed)
{
    size_t count = 0;

    for (size_t i = 0; i < packed.len; i++)
        count += packed.data[i] < 0x80;
    return count;
}

INFERD_WIRE_INLINE bool inferd_wire_next_tag(struct inferd_wire_reader *reader, uint32_t *tag)
{
    struct inferd_wire_step step;

    if (reader->at == reader->end)
        return false;
    if (INFERD_WIRE_LIKELY(*reader->at < 0x80)) {
        *tag = *reader->at++;
        return INFERD_WIRE_LIKELY(*tag >= 8) ? true : inferd_wire_fail(reader);
    }
    step = inferd_wire_long_varint(reader->at, reader->end);
    if (!step.at || step.at - reader->at > 5 || step.value < 8 || step.value > UINT32_MAX)
        return inferd_wire_fail(reader);
    reader->at = step.at;
    *tag = (uint32_t)step.value;
    return true;
}

// A varint that must be there.
INFERD_WIRE_INLINE bool inferd_wire_need_varint(struct inferd_wire_reader *reader, uint64_t *value)
{
    return reader->at != reader->end ? inferd_wire_varint(reader, value) : inferd_wire_fail(reader);
}

// The value behind a tag that is no group's.
INFERD_WIRE_INLINE bool inferd_wire_next_value(struct inferd_wire_reader *reader, uint32_t tag,
                                               struct inferd_wire_field *field)
{
    const uint8_t *begin = reader->at;
    uint64_t value = 0;

    field->tag = tag;
    field->value = 0;
    switch (tag & 7) {
    case INFERD_WIRE_BYTES:
        if (!inferd_wire_need_varint(reader, &value))
            return false;
        if (value > (uint64_t)(reader->end - reader->at))
            return inferd_wire_fail(reader);
        begin = reader->at;
        reader->at += value;
        break;
    case INFERD_WIRE_VARINT:
        if (!inferd_wire_need_varint(reader, &field->value))
            return false;
        break;
    case INFERD_WIRE_FIXED32:
        if (reader->end - begin < 4)
            return inferd_wire_fail(reader);
        field->value = inferd_bytes_load32(begin);
        reader->at += 4;
        break;
    case INFERD_WIRE_FIXED64:
        if (reader->end - begin < 8)
            return inferd_wire_fail(reader);
        field->value = inferd_bytes_load64(begin);
        reader->at += 8;
        break;
    default:
        return inferd_wire_fail(reader);
    }
    field->bytes.data = begin;
    field->bytes.len = (size_t)(reader->at - begin);
    return true;
}

// Skips a group whose tag has been read, with the groups in it. Where it ends, or NULL where it is bad.
INFERD_WIRE_COLD static const uint8_t *inferd_wire_skip_group(struct inferd_wire_reader reader, uint32_t tag)
{
    uint32_t open[INFERD_WIRE_MAX_GROUPS];
    struct inferd_wire_field field;
    unsigned depth = 0;

    open[depth++] = tag >> 3;
    while (depth) {
        if (!inferd_wire_next_tag(&reader, &tag))
            return NULL;
        if ((tag & 7) == INFERD_WIRE_GROUP_BEGIN) {
            if (depth == INFERD_WIRE_MAX_GROUPS)
                return NULL;
            open[depth++] = tag >> 3;
        } else if ((tag & 7) == INFERD_WIRE_GROUP_END) {
            if (open[--depth] != tag >> 3)
                return NULL;
        } else if (!inferd_wire_next_value(&reader, tag, &field)) {
            return NULL;
        }
    }
    return reader.at;
}

// The next field of a message, groups being skipped. False at the end, or where the reader is bad. [any]
INFERD_WIRE_INLINE bool inferd_wire_next(struct inferd_wire_reader *reader, struct inferd_wire_field *field)
{
    const uint8_t *behind;
    uint32_t tag;

    while (inferd_wire_next_tag(reader, &tag)) {
        if (INFERD_WIRE_LIKELY((tag & 7) != INFERD_WIRE_GROUP_BEGIN))
            return inferd_wire_next_value(reader, tag, field);
        behind = inferd_wire_skip_group(*reader, tag);
        if (!behind)
            return inferd_wire_fail(reader);
        reader->at = behind;
    }
    return false;
}

// The next field, if it is what repeated messages and texts usually are: the BYTES field with this tag, which has one
// byte as those of numbers up to 15 have, and fewer than 16,384 bytes. False where something else or nothing follows:
// the reader stays where it is, for inferd_wire_next() to go on. [any]
INFERD_WIRE_INLINE bool inferd_wire_next_bytes(struct inferd_wire_reader *reader, uint32_t tag,
                                               struct inferd_bytes *bytes)
{
    const uint8_t *at = reader->at;
    size_t left = (size_t)(reader->end - at), len;

    if (left < 2 || at[0] != tag)
        return false;
    len = at[1];
    at += 2;
    left -= 2;
    if (len >= 0x80) {
        if (left == 0 || *at >= 0x80)
            return false;
        len = (len & 0x7f) | (size_t)*at++ << 7;
        left--;
    }
    if (len > left)
        return false;
    bytes->data = at;
    bytes->len = len;
    reader->at = at + len;
    return true;
}

#ifdef __cplusplus
}
#endif

#endif
