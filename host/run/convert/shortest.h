// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The shortest decimal that reads back as a given float, and of several as short the nearest.
#ifndef RUN_CONVERT_SHORTEST_H
#define RUN_CONVERT_SHORTEST_H

#include <stdint.h>

// digits * 10^exponent; the last digit is not 0.
struct convert_decimal {
    uint64_t digits;
    int exponent;
};

// Of the bits of a finite float or double that is greater than 0.
struct convert_decimal convert_shortest32(uint32_t bits);
struct convert_decimal convert_shortest64(uint64_t bits);

#endif
