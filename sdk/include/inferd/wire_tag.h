// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Tags of protobuf's wire format: a field's number and how its value is written. See <inferd/wire.h>.
#ifndef INFERD_WIRE_TAG_H
#define INFERD_WIRE_TAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum inferd_wire_type {
    INFERD_WIRE_VARINT = 0,      // bool, enum, int32, int64, uint32, uint64, sint32, sint64
    INFERD_WIRE_FIXED64 = 1,     // double, fixed64, sfixed64
    INFERD_WIRE_BYTES = 2,       // string, bytes, message, packed numbers
    INFERD_WIRE_GROUP_BEGIN = 3, // never yielded: groups are skipped
    INFERD_WIRE_GROUP_END = 4,
    INFERD_WIRE_FIXED32 = 5 // float, fixed32, sfixed32
};

// A field's tag; a constant expression, so that it may label a case. The number is 1 to 536870911.
#define INFERD_WIRE_TAG(number, type) ((uint32_t)(number) << 3 | (uint32_t)(type))

#if defined(__GNUC__)
#define INFERD_WIRE_LIKELY(condition) __builtin_expect(!!(condition), 1)
#define INFERD_WIRE_INLINE static inline __attribute__((always_inline))
#define INFERD_WIRE_COLD __attribute__((noinline, cold, unused))
#else
#define INFERD_WIRE_LIKELY(condition) (condition)
#define INFERD_WIRE_INLINE static inline
#define INFERD_WIRE_COLD
#endif

// The signed value of a sint32 or sint64. [any]
static inline int64_t inferd_wire_unzigzag(uint64_t value)
{
    return (int64_t)(value >> 1 ^ (0 - (value & 1)));
}

// What stands on the wire for a sint32 or sint64. [any]
static inline uint64_t inferd_wire_zigzag(int64_t value)
{
    return (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0);
}

#ifdef __cplusplus
}
#endif

#endif
