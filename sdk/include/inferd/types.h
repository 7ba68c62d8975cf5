// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The data types of columns. Values are little-endian; FP8 is OCP E4M3FN (largest 448, NaN 7f/ff) and E5M2 (with
// infinities); a bool is one byte; a string is raw bytes; a vector's elements follow each other, but a string vector of
// n elements is n two-byte lengths followed by the bytes. The table is types.tbl.
#ifndef INFERD_TYPES_H
#define INFERD_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum inferd_type {
    INFERD_TYPE_UNKNOWN = 0,
#define INFERD_SCALAR(id, number, name, size, kserve) INFERD_TYPE_##id = (number),
#include <inferd/types.tbl>
#define INFERD_SCALAR(id, number, name, size, kserve) INFERD_TYPE_##id##_VECTOR = (number) + 15,
#include <inferd/types.tbl>
    INFERD_TYPE_COUNT = 31
};

// Whether the type is a vector. [any]
static inline bool inferd_type_is_vector(unsigned type)
{
    return type > 15 && type < INFERD_TYPE_COUNT;
}

// The type of a vector's elements; a scalar's is itself. [any]
static inline unsigned inferd_type_element(unsigned type)
{
    return inferd_type_is_vector(type) ? type - 15 : type;
}

// Bytes of one value of a scalar type, or 0 where values vary in length (strings, vectors, unknown). [any]
static inline uint32_t inferd_type_size(unsigned type)
{
    switch (type) {
#define INFERD_SCALAR(id, number, name, size, kserve)                                                                  \
    case number:                                                                                                       \
        return size;
#include <inferd/types.tbl>
    default:
        return 0;
    }
}

// The name of a scalar or of a vector's element ("FP32", "Int64", "String"), as in the enum without its prefix;
// "Unknown" for 0. Static memory. [any]
static inline const char *inferd_type_name(unsigned type)
{
    switch (inferd_type_element(type)) {
#define INFERD_SCALAR(id, number, name, size, kserve)                                                                  \
    case number:                                                                                                       \
        return name;
#include <inferd/types.tbl>
    default:
        return "Unknown";
    }
}

#ifdef __cplusplus
}
#endif

#endif
