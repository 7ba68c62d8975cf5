// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Floating-point numbers as text, in and out. Both follow what the Numerix service accepts and prints, since its
// recorded answers are compared text by text.
#include "number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

// Longer texts than this don't say more: no double needs more than 770 digits.
#define LONGEST 1100

static size_t skip_digits(const char *text, size_t at)
{
    while (text[at] >= '0' && text[at] <= '9')
        at++;
    return at;
}

static bool is_word(const char *text)
{
    return strcasecmp(text, "inf") == 0 || strcasecmp(text, "infinity") == 0 || strcasecmp(text, "nan") == 0;
}

// Copies a text that has a number's form, so that strtod can't read more, or otherwise, than is meant.
static bool copy_number(struct inferd_bytes text, char copy[LONGEST])
{
    size_t at, digits, begin;

    if (text.len == 0 || text.len >= LONGEST || memchr(text.data, '\0', text.len))
        return false;
    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    begin = copy[0] == '-' || copy[0] == '+';
    if (is_word(copy + begin))
        return true;
    at = skip_digits(copy, begin);
    digits = at - begin;
    if (copy[at] == '.') {
        begin = at + 1;
        at = skip_digits(copy, begin);
        digits += at - begin;
    }
    if (digits == 0)
        return false;
    if (copy[at] == 'e' || copy[at] == 'E') {
        at += copy[at + 1] == '-' || copy[at + 1] == '+' ? 2 : 1;
        begin = at;
        at = skip_digits(copy, begin);
        if (at == begin)
            return false;
    }
    return copy[at] == '\0';
}

bool number_read_float(struct inferd_bytes text, float *value)
{
    char copy[LONGEST];

    if (!copy_number(text, copy))
        return false;
    *value = strtof(copy, NULL);
    return true;
}

bool number_read_double(struct inferd_bytes text, double *value)
{
    char copy[LONGEST];

    if (!copy_number(text, copy))
        return false;
    *value = strtod(copy, NULL);
    return true;
}

// Lays out "d.ddde[-]x" as Numerix does: without an exponent while the point lies between 'smallest' zeros in front and
// 'largest' digits in all.
static size_t lay_out(const char *scientific, int smallest, int largest, char *to)
{
    char digits[20];
    int n = 0, point, at = 0, exponent = atoi(strchr(scientific, 'e') + 1);

    if (*scientific == '-')
        to[at++] = *scientific++;
    for (; *scientific != 'e'; scientific++)
        if (*scientific != '.')
            digits[n++] = *scientific;
    while (n > 1 && digits[n - 1] == '0')
        n--;
    point = exponent + 1; // digits before the point
    if (point >= n && point <= largest)
        return (size_t)(at + sprintf(to + at, "%.*s%.*s.0", n, digits, point - n, "0000000000000000"));
    if (point > 0 && point <= largest)
        return (size_t)(at + sprintf(to + at, "%.*s.%.*s", point, digits, n - point, digits + point));
    if (point > smallest && point <= 0)
        return (size_t)(at + sprintf(to + at, "0.%.*s%.*s", -point, "000000", n, digits));
    if (n == 1)
        return (size_t)(at + sprintf(to + at, "%ce%d", digits[0], exponent));
    return (size_t)(at + sprintf(to + at, "%c.%.*se%d", digits[0], n - 1, digits + 1, exponent));
}

static size_t write_special(double value, char *to)
{
    const char *word = isnan(value) ? "NaN" : value < 0 ? "-inf" : "inf";

    memcpy(to, word, strlen(word));
    return strlen(word);
}

size_t number_write_float(float value, char *to)
{
    char text[NUMBER_TEXT_MAX];
    int precision = 0;

    if (!isfinite(value))
        return write_special((double)value, to);
    do
        snprintf(text, sizeof text, "%.*e", precision, (double)value);
    while (++precision < 9 && strtof(text, NULL) != value);
    return lay_out(text, -6, 13, to);
}

size_t number_write_double(double value, char *to)
{
    char text[NUMBER_TEXT_MAX];
    int precision = 0;

    if (!isfinite(value))
        return write_special(value, to);
    do
        snprintf(text, sizeof text, "%.*e", precision, value);
    while (++precision < 17 && strtod(text, NULL) != value);
    return lay_out(text, -5, 16, to);
}
