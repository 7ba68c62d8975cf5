// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Digits to characters.
#include "run/convert/format.h"

#include <stdbool.h>
#include <string.h>
#include "run/convert/shortest.h"

static const char pairs[201] = "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
                               "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
                               "8081828384858687888990919293949596979899";

static unsigned count_digits(uint64_t value)
{
    static const uint64_t tens[] = {0,    1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,
                                    1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19};
    unsigned bits = 64 - (unsigned)__builtin_clzll(value | 1);
    unsigned guess = bits * 1233 >> 12; // bits * log10(2): right, or one too few

    return guess + (value >= tens[guess]);
}

// Writes that many digits, which are all.
static void write_digits(uint64_t value, unsigned count, char *out)
{
    while (count >= 2) {
        count -= 2;
        memcpy(out + count, pairs + value % 100 * 2, 2);
        value /= 100;
    }
    if (count)
        out[0] = (char)('0' + value);
}

size_t convert_format_u64(uint64_t value, char *out)
{
    unsigned count = count_digits(value);

    write_digits(value, count, out);
    return count;
}

size_t convert_format_i64(int64_t value, char *out)
{
    if (value >= 0)
        return convert_format_u64((uint64_t)value, out);
    *out = '-';
    return 1 + convert_format_u64(-(uint64_t)value, out + 1);
}

// The digits of a float: 17 at most, and zeros behind them. They are copied 8 or 16 at a time, which is faster than as
// many as there are; what is copied too much lies behind the text.
enum { DIGITS_ROOM = 24 };

// exponent: of the first digit.
static char *exponent_form(const char digits[DIGITS_ROOM], unsigned count, int exponent, char *out)
{
    unsigned size = (unsigned)(exponent < 0 ? -exponent : exponent);

    out[0] = digits[0];
    out[1] = '.';
    memcpy(out + 2, digits + 1, 16);
    out += count > 1 ? count + 1 : 1;
    *out++ = 'e';
    *out++ = exponent < 0 ? '-' : '+';
    if (size >= 100)
        *out++ = (char)('0' + size / 100);
    memcpy(out, pairs + size % 100 * 2, 2);
    return out + 2;
}

// before: how many digits stand before the point, 6 at most; 0 or less: so many zeros follow it first.
static char *plain_form(const char digits[DIGITS_ROOM], int count, int before, char *out)
{
    if (before <= 0) {
        memcpy(out, "0.00000", 8);
        memcpy(out + 2 - before, digits, 8);
        memcpy(out + 10 - before, digits + 8, 16);
        return out + 2 - before + count;
    }
    memcpy(out, digits, 8);
    if (before >= count)
        return out + before;
    out[before] = '.';
    memcpy(out + before + 1, digits + before, 16);
    return out + count + 1;
}

static size_t format_decimal(struct convert_decimal decimal, bool negative, char *out)
{
    unsigned count = count_digits(decimal.digits);
    int exponent = (int)count + decimal.exponent - 1; // of the first digit
    char digits[DIGITS_ROOM], *at = out;

    memset(digits, '0', sizeof(digits));
    write_digits(decimal.digits, count, digits);
    *at = '-';
    at += negative;
    if (exponent < -4 || exponent >= 6)
        at = exponent_form(digits, count, exponent, at);
    else
        at = plain_form(digits, (int)count, exponent + 1, at);
    return (size_t)(at - out);
}

static size_t format_special(const char *text, size_t len, char *out)
{
    memcpy(out, text, len);
    return len;
}

size_t convert_format_f32(float value, char *out)
{
    uint32_t bits;

    memcpy(&bits, &value, sizeof(bits));
    if (value != value)
        return format_special("NaN", 3, out);
    if ((bits & 0x7fffffff) == 0x7f800000)
        return format_special(bits >> 31 ? "-Inf" : "+Inf", 4, out);
    if (value == 0)
        return format_special(bits >> 31 ? "-0" : "0", 1 + (bits >> 31), out);
    return format_decimal(convert_shortest32(bits & 0x7fffffff), bits >> 31, out);
}

size_t convert_format_f64(double value, char *out)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof(bits));
    if (value != value)
        return format_special("NaN", 3, out);
    if ((bits & INT64_MAX) == UINT64_C(0x7ff0000000000000))
        return format_special(bits >> 63 ? "-Inf" : "+Inf", 4, out);
    if (value == 0)
        return format_special(bits >> 63 ? "-0" : "0", 1 + (bits >> 63), out);
    return format_decimal(convert_shortest64(bits & INT64_MAX), bits >> 63, out);
}
