// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// From each column type to its native type.
#include "run/convert/natives.h"

#include <string.h>
#include "run/convert/small_floats.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "columns are little-endian, and are read as they are");

// Of each type: how a value lies in the column, the native type, and how to come from the one to the other.
#define LOAD_FP8E5M2(LOOP) LOOP(FP8E5M2, uint8_t, float, convert_from_fp8e5m2(x))
#define LOAD_FP8E4M3(LOOP) LOOP(FP8E4M3, uint8_t, float, convert_from_fp8e4m3(x))
#define LOAD_FP16(LOOP) LOOP(FP16, uint16_t, float, convert_from_fp16(x))
#define LOAD_FP32(LOOP) LOOP(FP32, float, float, x)
#define LOAD_FP64(LOOP) LOOP(FP64, double, double, x)
#define LOAD_INT8(LOOP) LOOP(INT8, int8_t, int64_t, x)
#define LOAD_INT16(LOOP) LOOP(INT16, int16_t, int64_t, x)
#define LOAD_INT32(LOOP) LOOP(INT32, int32_t, int64_t, x)
#define LOAD_INT64(LOOP) LOOP(INT64, int64_t, int64_t, x)
#define LOAD_UINT8(LOOP) LOOP(UINT8, uint8_t, int64_t, x)
#define LOAD_UINT16(LOOP) LOOP(UINT16, uint16_t, int64_t, x)
#define LOAD_UINT32(LOOP) LOOP(UINT32, uint32_t, int64_t, x)
#define LOAD_UINT64(LOOP) LOOP(UINT64, uint64_t, uint64_t, x)
#define LOAD_BOOL(LOOP) LOOP(BOOL, uint8_t, int64_t, x != 0)
#define LOAD_STRING(LOOP)

#define LOAD_LOOP(id, stored, native, expression)                                                                      \
    static inline void get_##id(const uint8_t *data, size_t row, uint8_t *at)                                          \
    {                                                                                                                  \
        native value;                                                                                                  \
        stored x;                                                                                                      \
                                                                                                                       \
        memcpy(&x, data + row * sizeof(x), sizeof(x));                                                                 \
        value = expression;                                                                                            \
        memcpy(at, &value, sizeof(value));                                                                             \
    }                                                                                                                  \
    static void load_##id(const uint8_t *data, const uint32_t *rows, uint32_t count, uint8_t *natives)                 \
    {                                                                                                                  \
        if (rows) {                                                                                                    \
            for (uint32_t i = 0; i < count; i++)                                                                       \
                get_##id(data, rows[i], natives + i * sizeof(native));                                                 \
        } else {                                                                                                       \
            for (uint32_t i = 0; i < count; i++)                                                                       \
                get_##id(data, i, natives + i * sizeof(native));                                                       \
        }                                                                                                              \
    }

#define INFERD_SCALAR(id, number, name, size, kserve) LOAD_##id(LOAD_LOOP)
#include <inferd/types.tbl>

#define NATIVE_float CONVERT_F32
#define NATIVE_double CONVERT_F64
#define NATIVE_int64_t CONVERT_I64
#define NATIVE_uint64_t CONVERT_U64
#define LOADER(id, stored, native, expression) [INFERD_TYPE_##id] = {load_##id, NATIVE_##native},

const struct convert_loader convert_loaders[INFERD_TYPE_COUNT] = {
#define INFERD_SCALAR(id, number, name, size, kserve) LOAD_##id(LOADER)
#include <inferd/types.tbl>
};
