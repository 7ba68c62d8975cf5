// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Conversions go by way of four native types: values are loaded from their column's type into one of them, a chunk at a
// time, and stored as the type that is asked for. So 15 types need 15 loops to load and 4 times 15 to store, each of
// them tight, instead of 225.
#ifndef RUN_CONVERT_NATIVES_H
#define RUN_CONVERT_NATIVES_H

#include <stddef.h>
#include <stdint.h>
#include <inferd/types.h>

enum convert_native {
    CONVERT_F32, // of floats up to 32 bits
    CONVERT_F64,
    CONVERT_I64, // of integers that fit, and bools (0 or 1)
    CONVERT_U64,
    CONVERT_NATIVES
};

enum { CONVERT_CHUNK = 128, CONVERT_NATIVE_SIZE = 8 };

// Room for a chunk of any native type, one value behind the other.
struct convert_chunk {
    _Alignas(16) uint8_t bytes[CONVERT_CHUNK * CONVERT_NATIVE_SIZE];
};

// Loads the values rows[0..count) of an array (rows NULL: its first ones).
typedef void convert_load_fn(const uint8_t *data, const uint32_t *rows, uint32_t count, uint8_t *natives);
// Stores natives at out, out + stride, …
typedef void convert_store_fn(const uint8_t *natives, uint32_t count, uint8_t *out, size_t stride);

// A scalar type but STRING as a native one. [type]
struct convert_loader {
    convert_load_fn *load; // NULL: values vary in length
    enum convert_native native;
};

extern const struct convert_loader convert_loaders[INFERD_TYPE_COUNT];

// How a native type is stored as a scalar type, by the flags of <inferd/ext/convert.h>; NULL as above.
convert_store_fn *convert_storer(enum convert_native native, unsigned to, unsigned flags);

#endif
