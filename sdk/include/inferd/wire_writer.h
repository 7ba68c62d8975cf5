// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Writes protobuf's wire format; begin with <inferd/wire.h>. A put function writes at 'at', where there is room for the
// bytes that the size function of the same name gives, and returns where it ended. All of them write what they are
// given: proto3 leaves singular fields out that are 0 or empty, which is the caller's to do.
#ifndef INFERD_WIRE_WRITER_H
#define INFERD_WIRE_WRITER_H

#include <inferd/bytes.h>
#include <inferd/wire_tag.h>

#ifdef __cplusplus
extern "C" {
#endif

// Bytes of a varint: 1 to 10. An int32 is sign-extended first: (uint64_t)(int64_t)value. [any]
static inline size_t inferd_wire_varint_size(uint64_t value)
{
    if (INFERD_WIRE_LIKELY(value < 0x80))
        return 1;
#if defined(__GNUC__)
    // Bits in use, divided by 7 and rounded up: (9 * bits + 64) / 64 for 1 to 64 bits.
    return ((size_t)(64 - __builtin_clzll(value | 1)) * 9 + 64) / 64;
#else
    size_t size = 1;

    while (value >>= 7)
        size++;
    return size;
#endif
}

static inline uint8_t *inferd_wire_put_varint(uint8_t *at, uint64_t value)
{
    while (value >= 0x80) {
        *at++ = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    *at++ = (uint8_t)value;
    return at;
}

// A tag alone. [any]
static inline size_t inferd_wire_tag_size(uint32_t number)
{
    return inferd_wire_varint_size((uint64_t)number << 3);
}

static inline uint8_t *inferd_wire_put_tag(uint8_t *at, uint32_t number, enum inferd_wire_type type)
{
    return inferd_wire_put_varint(at, INFERD_WIRE_TAG(number, type));
}

// A field of a varint type. [any]
static inline size_t inferd_wire_number_size(uint32_t number, uint64_t value)
{
    return inferd_wire_tag_size(number) + inferd_wire_varint_size(value);
}

static inline uint8_t *inferd_wire_put_number(uint8_t *at, uint32_t number, uint64_t value)
{
    return inferd_wire_put_varint(inferd_wire_put_tag(at, number, INFERD_WIRE_VARINT), value);
}

// A fixed32, sfixed32 or float: its bits alone (as in packed fields), and a field of it. [any]
static inline uint8_t *inferd_wire_put_bits32(uint8_t *at, uint32_t bits)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(bits >> 8 * i);
    return at + 4;
}

static inline size_t inferd_wire_fixed32_size(uint32_t number)
{
    return inferd_wire_tag_size(number) + 4;
}

static inline uint8_t *inferd_wire_put_fixed32(uint8_t *at, uint32_t number, uint32_t bits)
{
    return inferd_wire_put_bits32(inferd_wire_put_tag(at, number, INFERD_WIRE_FIXED32), bits);
}

// A fixed64, sfixed64 or double: its bits alone, and a field of it. [any]
static inline uint8_t *inferd_wire_put_bits64(uint8_t *at, uint64_t bits)
{
    for (int i = 0; i < 8; i++)
        at[i] = (uint8_t)(bits >> 8 * i);
    return at + 8;
}

static inline size_t inferd_wire_fixed64_size(uint32_t number)
{
    return inferd_wire_tag_size(number) + 8;
}

static inline uint8_t *inferd_wire_put_fixed64(uint8_t *at, uint32_t number, uint64_t bits)
{
    return inferd_wire_put_bits64(inferd_wire_put_tag(at, number, INFERD_WIRE_FIXED64), bits);
}

// A string, bytes, message or packed field of 'len' bytes. head is what stands before those bytes, which then follow;
// size counts both. [any]
static inline size_t inferd_wire_bytes_size(uint32_t number, size_t len)
{
    return inferd_wire_tag_size(number) + inferd_wire_varint_size(len) + len;
}

static inline uint8_t *inferd_wire_put_head(uint8_t *at, uint32_t number, size_t len)
{
    return inferd_wire_put_varint(inferd_wire_put_tag(at, number, INFERD_WIRE_BYTES), len);
}

static inline uint8_t *inferd_wire_put_bytes(uint8_t *at, uint32_t number, struct inferd_bytes bytes)
{
    return inferd_bytes_put(inferd_wire_put_head(at, number, bytes.len), bytes);
}

// The bytes of packed int64 (or int32, as int64) values, for put_head and inferd_wire_bytes_size. [any]
static inline size_t inferd_wire_packed_size(const int64_t *values, size_t count)
{
    size_t size = 0;

    for (size_t i = 0; i < count; i++)
        size += inferd_wire_varint_size((uint64_t)values[i]);
    return size;
}

// A packed field of them with its head. [any]
static inline uint8_t *inferd_wire_put_packed(uint8_t *at, uint32_t number, const int64_t *values, size_t count)
{
    at = inferd_wire_put_head(at, number, inferd_wire_packed_size(values, count));
    for (size_t i = 0; i < count; i++)
        at = inferd_wire_put_varint(at, (uint64_t)values[i]);
    return at;
}

#ifdef __cplusplus
}
#endif

#endif
