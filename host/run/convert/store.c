// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// From the native types to each column type, rounding as the contract says or as the original does.
#include "run/convert/natives.h"

#include <stdbool.h>
#include <string.h>
#include <inferd/ext/convert.h>
#include "run/convert/small_floats.h"

// ---- real numbers to integers ----

static inline double clamp(double x, double least, double most)
{
    x = x != x ? 0 : x;
    x = x < least ? least : x;
    return x > most ? most : x;
}

static inline int64_t to_int64(double x)
{
    return x != x ? 0 : x >= 0x1p63 ? INT64_MAX : x < -0x1p63 ? INT64_MIN : (int64_t)x;
}

static inline uint64_t to_uint64(double x)
{
    return x != x || x < 0 ? 0 : x >= 0x1p64 ? UINT64_MAX : (uint64_t)x;
}

// What the instructions of amd64 give that Go's compiler picks: by way of int32 for int32 and what is narrower, by way
// of int64 for int64 and uint32; the smallest integer where that one is exceeded; then cut.
static inline int32_t amd64_int32(double x)
{
    return x >= -0x1p31 && x < 0x1p31 ? (int32_t)x : INT32_MIN;
}

static inline int64_t amd64_int64(double x)
{
    return x >= -0x1p63 && x < 0x1p63 ? (int64_t)x : INT64_MIN;
}

static inline uint64_t amd64_uint64(double x)
{
    return x >= 0x1p63 && x < 0x1p64 ? (uint64_t)x : (uint64_t)amd64_int64(x);
}

// ---- the loops: EACH(native type, id, type in the column, expression of a native x) ----

#define STORE_LOOP(native, id, stored, expression)                                                                     \
    static inline void put_##native##_##id(const uint8_t *natives, uint32_t i, uint8_t *at)                            \
    {                                                                                                                  \
        stored value;                                                                                                  \
        native x;                                                                                                      \
                                                                                                                       \
        memcpy(&x, natives + i * sizeof(x), sizeof(x));                                                                \
        value = (stored)(expression);                                                                                  \
        memcpy(at, &value, sizeof(value));                                                                             \
    }                                                                                                                  \
    static void store_##native##_##id(const uint8_t *natives, uint32_t count, uint8_t *out, size_t stride)             \
    {                                                                                                                  \
        if (stride == sizeof(stored)) {                                                                                \
            for (uint32_t i = 0; i < count; i++)                                                                       \
                put_##native##_##id(natives, i, out + i * sizeof(stored));                                             \
        } else {                                                                                                       \
            for (uint32_t i = 0; i < count; i++)                                                                       \
                put_##native##_##id(natives, i, out + i * stride);                                                     \
        }                                                                                                              \
    }
#define STORE_ENTRY(native, id, stored, expression) [INFERD_TYPE_##id] = store_##native##_##id,

#define STORE_FP8E5M2(EACH, native) EACH(native, FP8E5M2, uint8_t, convert_to_fp8e5m2((float)x))
#define STORE_FP8E4M3(EACH, native) EACH(native, FP8E4M3, uint8_t, convert_to_fp8e4m3((float)x))
#define STORE_FP16(EACH, native) EACH(native, FP16, uint16_t, convert_to_fp16((float)x))
#define STORE_FP32(EACH, native) EACH(native, FP32, float, x)
#define STORE_FP64(EACH, native) EACH(native, FP64, double, x)
#define STORE_INT8(EACH, native) EACH(native, INT8, int8_t, INT32_OF_##native(x, -128, 127))
#define STORE_INT16(EACH, native) EACH(native, INT16, int16_t, INT32_OF_##native(x, -32768, 32767))
#define STORE_INT32(EACH, native) EACH(native, INT32, int32_t, INT32_OF_##native(x, INT32_MIN, INT32_MAX))
#define STORE_INT64(EACH, native) EACH(native, INT64, int64_t, INT64_OF_##native(x))
#define STORE_UINT8(EACH, native) EACH(native, UINT8, uint8_t, INT32_OF_##native(x, 0, 255))
#define STORE_UINT16(EACH, native) EACH(native, UINT16, uint16_t, INT32_OF_##native(x, 0, 65535))
#define STORE_UINT32(EACH, native) EACH(native, UINT32, uint32_t, UINT32_OF_##native(x))
#define STORE_UINT64(EACH, native) EACH(native, UINT64, uint64_t, UINT64_OF_##native(x))
#define STORE_BOOL(EACH, native) EACH(native, BOOL, uint8_t, x != 0)
#define STORE_STRING(EACH, native)

#define INT32_OF_float(x, least, most) (int32_t) clamp(x, least, most)
#define INT64_OF_float(x) to_int64(x)
#define UINT32_OF_float(x) (int64_t) clamp(x, 0, UINT32_MAX)
#define UINT64_OF_float(x) to_uint64(x)
#define INT32_OF_double INT32_OF_float
#define INT64_OF_double INT64_OF_float
#define UINT32_OF_double UINT32_OF_float
#define UINT64_OF_double UINT64_OF_float
// Between integers the low bits are kept.
#define INT32_OF_int64_t(x, least, most) x
#define INT64_OF_int64_t(x) x
#define UINT32_OF_int64_t(x) x
#define UINT64_OF_int64_t(x) x
#define INT32_OF_uint64_t(x, least, most) x
#define INT64_OF_uint64_t(x) x
#define UINT32_OF_uint64_t(x) x
#define UINT64_OF_uint64_t(x) x

#define INFERD_SCALAR(id, number, name, size, kserve) STORE_##id(STORE_LOOP, float)
#include <inferd/types.tbl>
#define INFERD_SCALAR(id, number, name, size, kserve) STORE_##id(STORE_LOOP, double)
#include <inferd/types.tbl>
#define INFERD_SCALAR(id, number, name, size, kserve) STORE_##id(STORE_LOOP, int64_t)
#include <inferd/types.tbl>
#define INFERD_SCALAR(id, number, name, size, kserve) STORE_##id(STORE_LOOP, uint64_t)
#include <inferd/types.tbl>

static convert_store_fn *const storers[CONVERT_NATIVES][INFERD_TYPE_COUNT] = {
    [CONVERT_F32] =
        {
#define INFERD_SCALAR(id, number, name, size, kserve) STORE_##id(STORE_ENTRY, float)
#include <inferd/types.tbl>
        },
    [CONVERT_F64] =
        {
#define INFERD_SCALAR(id, number, name, size, kserve) STORE_##id(STORE_ENTRY, double)
#include <inferd/types.tbl>
        },
    [CONVERT_I64] =
        {
#define INFERD_SCALAR(id, number, name, size, kserve) STORE_##id(STORE_ENTRY, int64_t)
#include <inferd/types.tbl>
        },
    [CONVERT_U64] =
        {
#define INFERD_SCALAR(id, number, name, size, kserve) STORE_##id(STORE_ENTRY, uint64_t)
#include <inferd/types.tbl>
        },
};

// ---- where the original differs: real numbers to integers, and anything to FP16 ----

#define ORIGINAL_FP16(EACH, native) EACH(native, FP16, uint16_t, convert_to_fp16_original((float)x))
#define ORIGINAL_INTEGERS(EACH, native)                                                                                \
    EACH(native, INT8, int8_t, amd64_int32(x))                                                                         \
    EACH(native, INT16, int16_t, amd64_int32(x))                                                                       \
    EACH(native, INT32, int32_t, amd64_int32(x))                                                                       \
    EACH(native, INT64, int64_t, amd64_int64(x))                                                                       \
    EACH(native, UINT8, uint8_t, amd64_int32(x))                                                                       \
    EACH(native, UINT16, uint16_t, amd64_int32(x))                                                                     \
    EACH(native, UINT32, uint32_t, amd64_int64(x))                                                                     \
    EACH(native, UINT64, uint64_t, amd64_uint64(x))

#define ORIGINAL_LOOP(native, id, stored, expression) STORE_LOOP(native, ORIGINAL_##id, stored, expression)
#define ORIGINAL_ENTRY(native, id, stored, expression) [INFERD_TYPE_##id] = store_##native##_ORIGINAL_##id,

ORIGINAL_FP16(ORIGINAL_LOOP, float)
ORIGINAL_FP16(ORIGINAL_LOOP, double)
ORIGINAL_FP16(ORIGINAL_LOOP, int64_t)
ORIGINAL_FP16(ORIGINAL_LOOP, uint64_t)
ORIGINAL_INTEGERS(ORIGINAL_LOOP, float)
ORIGINAL_INTEGERS(ORIGINAL_LOOP, double)

static convert_store_fn *const original_storers[CONVERT_NATIVES][INFERD_TYPE_COUNT] = {
    [CONVERT_F32] = {ORIGINAL_FP16(ORIGINAL_ENTRY, float) ORIGINAL_INTEGERS(ORIGINAL_ENTRY, float)},
    [CONVERT_F64] = {ORIGINAL_FP16(ORIGINAL_ENTRY, double) ORIGINAL_INTEGERS(ORIGINAL_ENTRY, double)},
    [CONVERT_I64] = {ORIGINAL_FP16(ORIGINAL_ENTRY, int64_t)},
    [CONVERT_U64] = {ORIGINAL_FP16(ORIGINAL_ENTRY, uint64_t)},
};

convert_store_fn *convert_storer(enum convert_native native, unsigned to, unsigned flags)
{
    bool exact = !(flags & INFERD_CONVERT_ORIGINAL) || (to == INFERD_TYPE_FP16 && (flags & INFERD_CONVERT_NEAREST16));

    if (!exact && original_storers[native][to])
        return original_storers[native][to];
    return storers[native][to];
}
