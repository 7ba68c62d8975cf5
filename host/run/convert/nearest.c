// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// D. Lemire, "Number parsing at a gigabyte per second" (2021), after an idea of M. Eisel: one product of the digits
// with 128 bits of the power of ten nearly always tells which float is nearest; N. Mushtak and D. Lemire, "Fast number
// parsing without fallback" (2022), showed where it does.
#include "run/convert/nearest.h"

#include "run/convert/tens.h"

const struct convert_format convert_format32 = {23, -127, 0xff, -17, 10, -64, 38};
const struct convert_format convert_format64 = {52, -1023, 0x7ff, -4, 23, -342, 308};

struct product {
    uint64_t high, low;
};

// The upper 128 bits of digits * 10^exponent (the highest set bit of digits is its last). 'needed': how many of them
// decide; the second half of the power of ten is only looked at when the first leaves those open.
static struct product multiply(uint64_t digits, int exponent, int needed)
{
    struct convert_ten ten = exponent >= -27 ? convert_ten_ceil(exponent) : convert_ten_floor(exponent);
    unsigned __int128 product = (unsigned __int128)ten.high * digits;
    uint64_t open = UINT64_MAX >> needed;

    if (((uint64_t)(product >> 64) & open) == open)
        product += (uint64_t)((unsigned __int128)ten.low * digits >> 64);
    return (struct product){(uint64_t)(product >> 64), (uint64_t)product};
}

// A number too small to be normal: its fraction, rounded. (That may make it the least normal one; the bits fit.)
static uint64_t subnormal(uint64_t fraction, int missing)
{
    if (missing >= 63)
        return 0;
    fraction >>= missing;
    return (fraction + (fraction & 1)) >> 1;
}

bool convert_nearest(const struct convert_format *format, uint64_t digits, int64_t exponent, uint64_t *bits)
{
    int zeros, upper, shift, power, fraction_bits = format->fraction_bits;
    struct product product;
    uint64_t fraction;

    *bits = 0;
    if (digits == 0 || exponent < format->zero_below)
        return true;
    *bits = (uint64_t)format->infinite << fraction_bits;
    if (exponent > format->inf_above)
        return true;
    zeros = __builtin_clzll(digits);
    product = multiply(digits << zeros, (int)exponent, fraction_bits + 3);
    if (product.low == UINT64_MAX && (exponent < -27 || exponent > 55))
        return false;
    upper = (int)(product.high >> 63);
    shift = upper + 64 - fraction_bits - 3;
    fraction = product.high >> shift; // with one bit more than is kept
    power = convert_log2_of_ten((int)exponent) + 63 + upper - zeros - format->least_exponent;
    if (power <= 0) {
        *bits = subnormal(fraction, 1 - power);
        return true;
    }
    // Exactly between two floats: the even one.
    if (product.low <= 1 && exponent >= format->tie_least && exponent <= format->tie_most && (fraction & 3) == 1 &&
        fraction << shift == product.high)
        fraction &= ~UINT64_C(1);
    fraction = (fraction + (fraction & 1)) >> 1;
    // A carry out of the fraction goes to the exponent, where it belongs; the hidden bit counts as one.
    if (power + (int)(fraction >> (fraction_bits + 1)) < format->infinite)
        *bits = ((uint64_t)(power - 1) << fraction_bits) + fraction;
    return true;
}
