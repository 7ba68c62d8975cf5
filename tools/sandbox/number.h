// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Numbers as text and as bytes: what cells of files and texts in requests say, and how values go over the wire.
#ifndef SANDBOX_NUMBER_H
#define SANDBOX_NUMBER_H

#include <inferd/bytes.h>

struct arena;

// Reads a text as a floating-point number: decimal digits with an optional point, exponent and sign, or inf, infinity,
// nan in any case; nothing around it. Rounded once, to the type asked for.
bool number_read_float(struct inferd_bytes text, float *value);
bool number_read_double(struct inferd_bytes text, double *value);

// Writes a number with the fewest digits that read back the same, as Numerix does: "0.5", "100000.0", "1e39", "NaN",
// "-inf". to has room for NUMBER_TEXT_MAX bytes; returns the length, without a terminator.
#define NUMBER_TEXT_MAX 40
size_t number_write_float(float value, char *to);
size_t number_write_double(double value, char *to);

// The scalar type (enum inferd_type) a text names: "FP32", "fp32", "Int64", "DataTypeString", a vector's as
// "FP32Vector"; 0 for none.
unsigned number_type_of(struct inferd_bytes name);

// Encodes texts as the value of a type: one text for a scalar, the elements for a vector, which may be of any length.
// Bytes of the arena; a message and false where a text doesn't say such a value.
bool number_encode(unsigned type, const struct inferd_bytes *texts, size_t n_texts, struct arena *arena,
                   struct inferd_bytes *value, const char **problem);

#endif
