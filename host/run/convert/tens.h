// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Powers of ten to 128 bits, which printing and parsing floats both rest on.
#ifndef RUN_CONVERT_TENS_H
#define RUN_CONVERT_TENS_H

#include <stdbool.h>
#include <stdint.h>

enum { CONVERT_TENS_MIN = -342, CONVERT_TENS_MAX = 324 };

// The highest 128 bits of a number; the highest bit is set.
struct convert_ten {
    uint64_t high, low;
};

// Of 10^CONVERT_TENS_MIN on, cut to 128 bits. Filled before main() runs, never written again.
extern struct convert_ten convert_tens[CONVERT_TENS_MAX - CONVERT_TENS_MIN + 1];

// floor(log2(10^k)) for |k| <= 1233.
static inline int convert_log2_of_ten(int k)
{
    return (k * 1741647) >> 19;
}

static inline struct convert_ten convert_ten_floor(int k)
{
    return convert_tens[k - CONVERT_TENS_MIN];
}

// The same, rounded up where 128 bits were cut. (No entry ends in 64 set bits: the carry can't happen.)
static inline struct convert_ten convert_ten_ceil(int k)
{
    struct convert_ten ten = convert_ten_floor(k);

    ten.low += k < 0 || k > 55;
    return ten;
}

#endif
