// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Decimal to binary: the float or double nearest to digits * 10^exponent.
#ifndef RUN_CONVERT_NEAREST_H
#define RUN_CONVERT_NEAREST_H

#include <stdbool.h>
#include <stdint.h>

// A binary format, without its sign.
struct convert_format {
    int fraction_bits;         // stored ones
    int least_exponent;        // of the stored exponent 0, as if it were normal
    int infinite;              // the stored exponent of infinity
    int tie_least, tie_most;   // exponents of ten with which a product can lie exactly between two floats
    int zero_below, inf_above; // exponents of ten with which any 19 digits are 0, or infinite
};

extern const struct convert_format convert_format32, convert_format64;

// Its bits, rounded to nearest even; may be infinite. False where 128 bits of the power of ten don't settle it.
bool convert_nearest(const struct convert_format *format, uint64_t digits, int64_t exponent, uint64_t *bits);

#endif
