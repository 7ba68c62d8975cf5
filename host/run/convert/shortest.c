// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Schubfach: R. Giulietti, "The Schubfach way to render doubles" (2020). A float c * 2^q, and the two numbers halfway
// to its neighbours, are scaled by the power of ten that leaves one or two integers between those two; the right one is
// picked from products that are exact but for one sticky bit. Floats use the doubles' precision: it is ample.
#include "run/convert/shortest.h"

#include <stdbool.h>
#include "run/convert/tens.h"

// The upper bits of ten * x / 2^128; the lowest of them is set when what was cut isn't 0.
static uint64_t scale(struct convert_ten ten, uint64_t x)
{
    unsigned __int128 low = (unsigned __int128)ten.low * x, high = (unsigned __int128)ten.high * x;

    high += (uint64_t)(low >> 64);
    // The power of ten is up to one too large in its last place, so a cut part of 1 counts as 0.
    return (uint64_t)(high >> 64) | ((uint64_t)high > 1);
}

static struct convert_decimal without_zeros(uint64_t digits, int exponent)
{
    while (digits % 10 == 0) {
        digits /= 10;
        exponent++;
    }
    return (struct convert_decimal){digits, exponent};
}

// power: c is a power of two, and its lower neighbour only half as far as the upper. up: of two equally near decimals
// the upper one is taken rather than the even one.
static struct convert_decimal shortest(uint64_t c, int q, bool power, bool up)
{
    uint64_t odd = c & 1, below, at, above, s;
    struct convert_ten ten;
    int k, h;

    if (q <= 0 && q > -53 && (c & ((UINT64_C(1) << -q) - 1)) == 0)
        return without_zeros(c >> -q, 0);
    // floor(log10(2^q)), or where the interval is shorter floor(log10(3/4 * 2^q))
    k = (q * 1262611 - (power ? 524031 : 0)) >> 22;
    h = q + convert_log2_of_ten(-k) + 1;
    ten = convert_ten_ceil(-k);
    // All in quarters of 10^k. The ends of the interval read back as this float only if its last bit is 0.
    below = scale(ten, (4 * c - 2 + power) << h) + odd;
    at = scale(ten, (4 * c) << h);
    above = scale(ten, (4 * c + 2) << h) - odd;
    s = at / 4;
    if (s >= 10) {
        uint64_t tens = s / 10;
        bool low_fits = below <= 40 * tens, high_fits = 40 * tens + 40 <= above;

        if (low_fits != high_fits)
            return without_zeros(tens + high_fits, k + 1);
    }
    if ((below <= 4 * s) != (4 * s + 4 <= above))
        return without_zeros(s + (4 * s + 4 <= above), k);
    // Both fit: the nearer.
    return without_zeros(s + (at > 4 * s + 2 || (at == 4 * s + 2 && (up || (s & 1)))), k);
}

struct convert_decimal convert_shortest32(uint32_t bits)
{
    uint32_t fraction = bits & 0x7fffff;
    int exponent = (int)(bits >> 23 & 0xff);

    if (exponent == 0)
        return shortest(fraction, -149, false, false);
    // Of 2^-12 alone two decimals of 8 digits are equally near, and the original gives the upper.
    return shortest(fraction | 0x800000, exponent - 150, fraction == 0 && exponent > 1, fraction == 0);
}

struct convert_decimal convert_shortest64(uint64_t bits)
{
    uint64_t fraction = bits & UINT64_C(0xfffffffffffff);
    int exponent = (int)(bits >> 52 & 0x7ff);

    if (exponent == 0)
        return shortest(fraction, -1074, false, false);
    return shortest(fraction | UINT64_C(0x10000000000000), exponent - 1075, fraction == 0 && exponent > 1, false);
}
