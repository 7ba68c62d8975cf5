// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Floats from text. The digits are read into 64 bits and rounded by convert_nearest(); what that can't settle (more
// than 19 digits mostly), and hexadecimal floats, go to strtod() in a form that no locale changes.
#include "run/convert/parse.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include "run/convert/nearest.h"

// What the text says, sign apart.
struct scanned {
    const uint8_t *begin, *end; // of the digits with their point
    uint64_t digits;            // the first 19 that count; the number is digits * 10^(scale + exponent)
    int64_t scale;              // because of the point, and of digits that were left out
    int64_t exponent;           // as written; of two where hexadecimal
    bool cut;                   // digits other than 0 were left out
    bool hexadecimal, underscores;
};

struct cursor {
    const uint8_t *at, *end;
};

static bool is_digit(uint8_t byte)
{
    return (uint8_t)(byte - '0') < 10;
}

static bool is_hex_digit(uint8_t byte)
{
    return is_digit(byte) || (uint8_t)((byte | 0x20) - 'a') < 6;
}

// Whether underscores stand between digits only (a base's prefix counts as one).
static bool underscores_stand_right(const uint8_t *at, const uint8_t *end)
{
    bool after_digit = false, after_underscore = false, hexadecimal = false;

    if (end - at >= 2 && at[0] == '0' && (at[1] | 0x20) == 'x') {
        hexadecimal = true;
        after_digit = true;
        at += 2;
    }
    for (; at != end; at++) {
        bool digit = hexadecimal ? is_hex_digit(*at) : is_digit(*at);

        if (*at == '_' ? !after_digit : after_underscore && !digit)
            return false;
        after_digit = digit;
        after_underscore = *at == '_';
    }
    return !after_underscore;
}

// Reads digits into *sum, which may overflow. How many.
static size_t sum_digits(struct cursor *text, uint64_t *sum)
{
    const uint8_t *at = text->at;
    uint64_t digits = *sum;

    for (; at != text->end && is_digit(*at); at++)
        digits = digits * 10 + (uint8_t)(*at - '0');
    *sum = digits;
    digits = (uint64_t)(at - text->at);
    text->at = at;
    return digits;
}

// The digits with their point, in the usual case: 1 to 19 of them, without underscores. Else false, and nothing read.
static bool scan_short(struct cursor *text, struct scanned *number)
{
    struct cursor cursor = *text;
    size_t whole = sum_digits(&cursor, &number->digits), fraction = 0;

    if (cursor.at != cursor.end && *cursor.at == '.') {
        cursor.at++;
        fraction = sum_digits(&cursor, &number->digits);
    }
    if (whole + fraction - 1 >= 19 || (cursor.at != cursor.end && *cursor.at == '_')) {
        number->digits = 0;
        return false;
    }
    number->scale = -(int64_t)fraction;
    *text = cursor;
    return true;
}

// Digits before or behind the point. False where there were none.
static bool scan_decimals(struct cursor *text, struct scanned *number, int64_t before_point)
{
    const uint8_t *at = text->at;
    bool any = false;

    for (; at != text->end; at++) {
        if (is_digit(*at)) {
            any = true;
            if (number->digits < UINT64_C(1000000000000000000)) {
                number->digits = number->digits * 10 + (uint8_t)(*at - '0');
                number->scale -= 1 - before_point;
            } else {
                number->cut |= *at != '0';
                number->scale += before_point;
            }
        } else if (*at == '_') {
            number->underscores = true;
        } else {
            break;
        }
    }
    text->at = at;
    return any;
}

// Hexadecimal digits need no value here: strtod() reads them.
static bool scan_hexadecimals(struct cursor *text, struct scanned *number)
{
    const uint8_t *at = text->at;
    bool any = false;

    for (; at != text->end && (is_hex_digit(*at) || *at == '_'); at++) {
        any |= *at != '_';
        number->underscores |= *at == '_';
    }
    text->at = at;
    return any;
}

// The number behind 'e' or 'p': far enough to be infinite or 0, it isn't counted further.
static bool scan_exponent(struct cursor *text, struct scanned *number)
{
    const uint8_t *at = text->at;
    int64_t exponent = 0;
    bool negative;

    negative = at != text->end && *at == '-';
    at += at != text->end && (*at == '-' || *at == '+');
    if (at == text->end || !is_digit(*at))
        return false;
    for (; at != text->end && (is_digit(*at) || *at == '_'); at++) {
        if (*at == '_')
            number->underscores = true;
        else if (exponent < INT64_C(1000000000000000))
            exponent = exponent * 10 + (*at - '0');
    }
    number->exponent = negative ? -exponent : exponent;
    text->at = at;
    return true;
}

// The digits with their point, in whatever form.
static bool scan_mantissa(struct cursor *text, struct scanned *number)
{
    bool any;

    if (!number->hexadecimal && scan_short(text, number))
        return true;
    any = number->hexadecimal ? scan_hexadecimals(text, number) : scan_decimals(text, number, 1);
    if (text->at != text->end && *text->at == '.') {
        text->at++;
        any |= number->hexadecimal ? scan_hexadecimals(text, number) : scan_decimals(text, number, 0);
    }
    return any;
}

static bool scan(struct inferd_bytes text, struct scanned *number)
{
    struct cursor cursor = {text.data, text.data + text.len};

    *number = (struct scanned){.hexadecimal = text.len > 2 && text.data[0] == '0' && (text.data[1] | 0x20) == 'x'};
    if (number->hexadecimal)
        cursor.at += 2;
    number->begin = cursor.at;
    if (!scan_mantissa(&cursor, number))
        return false;
    number->end = cursor.at;
    if (cursor.at != cursor.end && (*cursor.at | 0x20) == (number->hexadecimal ? 'p' : 'e')) {
        cursor.at++;
        if (!scan_exponent(&cursor, number))
            return false;
    } else if (number->hexadecimal) {
        return false;
    }
    return cursor.at == cursor.end && (!number->underscores || underscores_stand_right(text.data, cursor.end));
}

// Writes the digits for strtod() without a point. 800 that count, and whether others follow, settle any rounding.
static void for_strtod(const struct scanned *number, char *text, size_t size)
{
    enum { ENOUGH = 800 };
    char digits[ENOUGH + 2];
    int64_t exponent = number->exponent, each = number->hexadecimal ? 4 : 1;
    size_t count = 0;
    bool behind_point = false, rest = false;

    for (const uint8_t *at = number->begin; at != number->end; at++) {
        if (*at == '.') {
            behind_point = true;
        } else if (*at != '_') {
            if (count == ENOUGH) {
                rest |= *at != '0';
                exponent += each;
            } else if (count || *at != '0') {
                digits[count++] = (char)*at;
            }
            exponent -= behind_point ? each : 0;
        }
    }
    if (rest) {
        digits[count++] = '1';
        exponent -= each;
    }
    digits[count] = '\0';
    exponent = exponent > 99999 ? 99999 : exponent < -99999 ? -99999 : exponent;
    snprintf(text, size, "%s%s%c%d", number->hexadecimal ? "0x" : "", count ? digits : "0",
             number->hexadecimal ? 'p' : 'e', (int)exponent);
}

// The bits of the nearest float or double, by the format.
static uint64_t nearest_bits(const struct convert_format *format, const struct scanned *number)
{
    int64_t exponent = number->scale + number->exponent;
    uint64_t bits = 0, above = 0;
    char text[1024];
    double wide;
    float narrow;

    if (!number->hexadecimal && convert_nearest(format, number->digits, exponent, &bits) &&
        (!number->cut || (convert_nearest(format, number->digits + 1, exponent, &above) && above == bits)))
        return bits;
    for_strtod(number, text, sizeof(text));
    bits = 0;
    if (format == &convert_format64) {
        wide = strtod(text, NULL);
        memcpy(&bits, &wide, sizeof(wide));
    } else {
        narrow = strtof(text, NULL);
        memcpy(&bits, &narrow, sizeof(narrow));
    }
    return bits;
}

static bool is_word(struct inferd_bytes text, const char *word)
{
    return text.len == strlen(word) && strncasecmp((const char *)text.data, word, text.len) == 0;
}

// The bits of inf, infinity and nan, where it is one of them; nan takes no sign.
static bool named_bits(const struct convert_format *format, struct inferd_bytes text, bool has_sign, uint64_t *bits)
{
    *bits = (uint64_t)format->infinite << format->fraction_bits;
    if (is_word(text, "inf") || is_word(text, "infinity"))
        return true;
    *bits |= UINT64_C(1) << (format->fraction_bits - 1);
    // Go's NaN has its lowest bit set, and a float made of it hasn't.
    *bits |= format == &convert_format64;
    return !has_sign && is_word(text, "nan");
}

static bool parse_bits(const struct convert_format *format, struct inferd_bytes text, uint64_t *bits)
{
    bool has_sign = text.len && (text.data[0] == '-' || text.data[0] == '+');
    uint64_t sign = has_sign && text.data[0] == '-' ? format->infinite + UINT64_C(1) : 0;
    struct scanned number;

    text.data += has_sign;
    text.len -= has_sign;
    if (scan(text, &number)) {
        *bits = nearest_bits(format, &number);
        if (*bits >> format->fraction_bits == (uint64_t)format->infinite)
            return false; // out of range
    } else if (!named_bits(format, text, has_sign, bits)) {
        return false;
    }
    *bits |= sign << format->fraction_bits;
    return true;
}

bool convert_parse_f32(struct inferd_bytes text, float *value)
{
    uint64_t bits;
    uint32_t narrow;

    if (!parse_bits(&convert_format32, text, &bits))
        return false;
    narrow = (uint32_t)bits;
    memcpy(value, &narrow, sizeof(*value));
    return true;
}

bool convert_parse_f64(struct inferd_bytes text, double *value)
{
    uint64_t bits;

    if (!parse_bits(&convert_format64, text, &bits))
        return false;
    memcpy(value, &bits, sizeof(*value));
    return true;
}
