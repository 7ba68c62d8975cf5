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

size_t convert_format_u64(uint64_t value, char *out)
{
    char reversed[20];
    size_t at = sizeof(reversed);

    while (value >= 100) {
        at -= 2;
        memcpy(reversed + at, pairs + value % 100 * 2, 2);
        value /= 100;
    }
    if (value >= 10) {
        at -= 2;
        memcpy(reversed + at, pairs + value * 2, 2);
    } else {
        reversed[--at] = (char)('0' + value);
    }
    memcpy(out, reversed + at, sizeof(reversed) - at);
    return sizeof(reversed) - at;
}

size_t convert_format_i64(int64_t value, char *out)
{
    if (value >= 0)
        return convert_format_u64((uint64_t)value, out);
    *out = '-';
    return 1 + convert_format_u64(-(uint64_t)value, out + 1);
}

static char *exponent_form(const char *digits, size_t count, int exponent, char *out)
{
    unsigned size = (unsigned)(exponent < 0 ? -exponent : exponent);

    *out++ = digits[0];
    if (count > 1) {
        *out++ = '.';
        memcpy(out, digits + 1, count - 1);
        out += count - 1;
    }
    *out++ = 'e';
    *out++ = exponent < 0 ? '-' : '+';
    if (size >= 100)
        *out++ = (char)('0' + size / 100);
    memcpy(out, pairs + size % 100 * 2, 2);
    return out + 2;
}

// before: how many digits stand before the point; 0 or less: so many zeros follow it first.
static char *plain_form(const char *digits, int count, int before, char *out)
{
    if (before <= 0) {
        memcpy(out, "0.00000", 2 + (size_t)-before);
        out += 2 - before;
        memcpy(out, digits, (size_t)count);
        return out + count;
    }
    if (before >= count) {
        memcpy(out, digits, (size_t)count);
        memset(out + count, '0', (size_t)(before - count));
        return out + before;
    }
    memcpy(out, digits, (size_t)before);
    out[before] = '.';
    memcpy(out + before + 1, digits + before, (size_t)(count - before));
    return out + count + 1;
}

static size_t format_decimal(struct convert_decimal decimal, bool negative, char *out)
{
    char digits[20], *at = out;
    size_t count = convert_format_u64(decimal.digits, digits);
    int exponent = (int)count + decimal.exponent - 1; // of the first digit

    if (negative)
        *at++ = '-';
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
        return format_special("-0" + !(bits >> 31), 1 + (bits >> 31), out);
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
        return format_special("-0" + !(bits >> 63), 1 + (bits >> 63), out);
    return format_decimal(convert_shortest64(bits & INT64_MAX), bits >> 63, out);
}
