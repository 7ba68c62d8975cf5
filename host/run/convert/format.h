// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The text of numbers. Each writes at out, which has room for CONVERT_NUMBER_ROOM bytes, without a terminator, and
// returns the length; bytes behind that are undefined.
#ifndef RUN_CONVERT_FORMAT_H
#define RUN_CONVERT_FORMAT_H

#include <stddef.h>
#include <stdint.h>

enum { CONVERT_NUMBER_ROOM = 32 };

size_t convert_format_u64(uint64_t value, char *out);
size_t convert_format_i64(int64_t value, char *out);
// The fewest digits that read back the same; in exponent form from 1e6 on and below 1e-4.
size_t convert_format_f32(float value, char *out);
size_t convert_format_f64(double value, char *out);

#endif
