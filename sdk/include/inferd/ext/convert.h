// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// inferd.convert/1: values of columns as other types. The rules:
//   - number to integer truncates toward zero and saturates, NaN gives 0 (with INFERD_CONVERT_ORIGINAL: what amd64
//   gives);
//     between integers the low bits are kept; to FP16, FP8 rounds to nearest even (ORIGINAL, from a column: FP16 clamps
//     to 65000, cuts, flushes subnormals); to BOOL is "not 0".
//   - stored text is read as FP64 first; inline text (INFERD_COLUMN_INLINE) in the type asked for, a vector's elements
//     separated by colons; what doesn't parse is missing.
//   - a missing value is that of the column's fallback, where it has one; else it is missing.
//   - the text of a number has the fewest digits that read back the same, in exponent form from 1e6 on and below 1e-4;
//     vectors are separated by commas.
#ifndef INFERD_EXT_CONVERT_H
#define INFERD_EXT_CONVERT_H

#include <inferd/host.h>

#ifdef __cplusplus
extern "C" {
#endif

#define INFERD_EXT_CONVERT "inferd.convert/1"

enum inferd_convert_flags {
    INFERD_CONVERT_ORIGINAL = 1, // the original's roundings
    INFERD_CONVERT_NEAREST16 = 2 // with ORIGINAL: FP16 to nearest even all the same
};

struct inferd_convert {
    uint32_t size;
    // The type of any spelling: "FP32", "fp32", "DataTypeFP32", "INT64", "BYTES", "FP32Vector"; UNKNOWN if none. [any]
    unsigned (*type_of)(const char *spelling);
    // Values of the rows rows[first..first+count) (rows NULL: of rows first..) as scalars of the type 'to', written to
    // out, out + stride, …; 0 where missing. The number of missing ones. 'to' is of fixed size, the column no vector.
    // [any]
    uint32_t (*scalars)(const struct inferd_column *column, const uint32_t *rows, uint32_t first, uint32_t count,
                        unsigned to, unsigned flags, void *out, size_t stride);
    // The elements of one row's value (a scalar has one) as elements of the scalar type 'to', room for 'room' of them
    // at out (NULL: only count). Their number, 0 where the value is missing or does not convert. [any]
    size_t (*elements)(const struct inferd_column *column, uint32_t row, unsigned to, unsigned flags, void *out,
                       size_t room);
    // The text of one row's value; memory of the column or of the run. Empty where missing. [loop]
    struct inferd_bytes (*text)(struct inferd_step *step, const struct inferd_column *column, uint32_t row);
    // The same for keys: text that the request sent under the column's name comes first. [loop]
    struct inferd_bytes (*key)(struct inferd_step *step, const struct inferd_column *column, uint32_t row);
};

#ifdef __cplusplus
}
#endif

#endif
