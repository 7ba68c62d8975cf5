// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// inferd.convert/1: values of columns as other types. The rules:
//   - A value that has the type asked for already is copied as it is (with INFERD_CONVERT_ALWAYS: converted like any
//     other, so that a bool becomes 0 or 1).
//   - A number to an integer truncates toward zero and saturates, NaN gives 0 (ORIGINAL: what amd64 gives); between
//     integers the low bits are kept. To FP32, FP16 and FP8 it is rounded to nearest even, to the last two by way of
//     FP32 (ORIGINAL: FP16 is clamped to 65000 and cut, subnormals are 0). To BOOL it is "not 0".
//   - Stored text is read as FP64 first. Inline text (INFERD_COLUMN_INLINE) is read in the type asked for, bools as
//   true
//     or false, a vector's elements separated by colons. What doesn't parse is missing.
//   - A missing value is that of the column's fallback, read as inline text, where it has one; else it is missing.
//   - The text of a number has the fewest digits that read back the same, in exponent form from 1e6 on and below 1e-4;
//     vectors are separated by commas.
#ifndef INFERD_EXT_CONVERT_H
#define INFERD_EXT_CONVERT_H

#include <inferd/host.h>

#ifdef __cplusplus
extern "C" {
#endif

#define INFERD_EXT_CONVERT "inferd.convert/1"

enum inferd_convert_flags {
    INFERD_CONVERT_ORIGINAL = 1,  // the original's roundings
    INFERD_CONVERT_NEAREST16 = 2, // with ORIGINAL: FP16 to nearest even all the same
    INFERD_CONVERT_ALWAYS = 4     // also where the type is the one asked for: bools become 0 or 1
};

// Columns side by side, a row behind the other.
struct inferd_convert_table {
    uint32_t size; // of this struct
    uint32_t width;
    const struct inferd_column *const *columns;
    const uint32_t *rows; // as in scalars()
    uint32_t first, count;
    unsigned to, flags;
    void *out;         // a row's values lie next to each other
    size_t stride;     // from row to row, at least the width times the size of 'to'
    uint32_t *missing; // set: how many each column lacks
};

struct inferd_convert {
    uint32_t size;
    // The type of any spelling: "FP32", "fp32", "DataTypeFP32", "INT64", "BYTES", "FP32Vector"; UNKNOWN if none. [any]
    unsigned (*type_of)(const char *spelling);
    // Values of the rows rows[first..first+count) (rows NULL: of rows first..) as scalars of the type 'to', written to
    // out, out + stride, …; 0 where missing. The number of missing ones. 'to' is of fixed size; of a vector column all
    // are missing. [any]
    uint32_t (*scalars)(const struct inferd_column *column, const uint32_t *rows, uint32_t first, uint32_t count,
                        unsigned to, unsigned flags, void *out, size_t stride);
    // As scalars() of each column. [any]
    void (*table)(const struct inferd_convert_table *table);
    // The elements of one row's value (a scalar has one) as elements of the scalar type 'to', written one behind the
    // other at out, 'room' at most (out may be NULL where room is 0). Their number, which may exceed room; 0 where the
    // value is missing or does not convert, and out is undefined then. [any]
    size_t (*elements)(const struct inferd_column *column, uint32_t row, unsigned to, unsigned flags, void *out,
                       size_t room);
    // The text of one row's value, in memory of the column or of the run. Empty where missing. [loop]
    struct inferd_bytes (*text)(struct inferd_step *step, const struct inferd_column *column, uint32_t row);
    // The same for keys: text that the request sent under the column's name comes first. [loop]
    struct inferd_bytes (*key)(struct inferd_step *step, const struct inferd_column *column, uint32_t row);
    // The elements of one row's string vector, or of a bool vector ("true", "false"), as views of the column: 'room' at
    // most. Their number, which may exceed room; 0 where the value is missing or the column is no such vector. [any]
    size_t (*strings)(const struct inferd_column *column, uint32_t row, struct inferd_bytes *out, size_t room);
    // A value outside of any column: the first of the scalar type 'from' in some bytes (of STRING: all of them, read as
    // stored text) as the scalar type 'to', written to out. False, and 0 written, where it does not convert. [any]
    bool (*value)(struct inferd_bytes bytes, unsigned from, unsigned to, unsigned flags, void *out);
    // The text of a value of any type; empty where the bytes are none. [loop]
    struct inferd_bytes (*value_text)(struct inferd_step *step, struct inferd_bytes bytes, unsigned type);
};

#ifdef __cplusplus
}
#endif

#endif
