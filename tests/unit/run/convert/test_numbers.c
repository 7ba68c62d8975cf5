// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Text of floats and back, against libc's exact but slow printf and strtod.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "run/convert/format.h"
#include "run/convert/parse.h"

static uint64_t next_random(void)
{
    static uint64_t seed = 88172645463325252u;

    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static float random_float(void)
{
    uint32_t bits = (uint32_t)(next_random() >> 20);
    float value;

    memcpy(&value, &bits, sizeof(value));
    return value;
}

static double random_double(void)
{
    uint64_t bits = next_random();
    double value;

    memcpy(&value, &bits, sizeof(value));
    return value;
}

static int digits_of(const char *text)
{
    int digits = 0, zeros = 0;

    for (; *text && *text != 'e'; text++) {
        if (!isdigit((unsigned char)*text) || (*text == '0' && digits == 0))
            continue;
        digits++;
        zeros = *text == '0' ? zeros + 1 : 0;
    }
    return digits - zeros;
}

// The text reads back the same, and nothing shorter or nearer of the same length does.
static void expect_shortest_float(float value)
{
    char text[CONVERT_NUMBER_ROOM + 1], other[64];
    size_t len = convert_format_f32(value, text);
    int digits;
    float again;

    assert_in_range(len, 1, CONVERT_NUMBER_ROOM);
    text[len] = '\0';
    digits = digits_of(text);
    assert_true(strtof(text, NULL) == value);
    assert_true(convert_parse_f32((struct inferd_bytes){(const uint8_t *)text, len}, &again) && again == value);
    snprintf(other, sizeof(other), "%.*e", digits - 1, value);
    if (strtof(other, NULL) == value)
        assert_true(fabs(strtod(text, NULL) - (double)value) <= fabs(strtod(other, NULL) - (double)value));
    if (digits > 1) {
        snprintf(other, sizeof(other), "%.*e", digits - 2, value);
        if (strtof(other, NULL) == value)
            fail_msg("%s is shorter than %s", other, text);
    }
}

static void expect_shortest_double(double value)
{
    char text[CONVERT_NUMBER_ROOM + 1], other[64];
    size_t len = convert_format_f64(value, text);
    int digits;
    double again;

    assert_in_range(len, 1, CONVERT_NUMBER_ROOM);
    text[len] = '\0';
    digits = digits_of(text);
    assert_true(strtod(text, NULL) == value);
    assert_true(convert_parse_f64((struct inferd_bytes){(const uint8_t *)text, len}, &again) && again == value);
    if (digits > 1) {
        snprintf(other, sizeof(other), "%.*e", digits - 2, value);
        if (strtod(other, NULL) == value)
            fail_msg("%s is shorter than %s", other, text);
    }
}

static void texts_are_shortest(void **state)
{
    (void)state;
    for (int e = -149; e < 128; e++) {
        expect_shortest_float(ldexpf(1, e));
        expect_shortest_float(nextafterf(ldexpf(1, e), 0) == 0 ? 1 : nextafterf(ldexpf(1, e), 0));
        expect_shortest_float(nextafterf(ldexpf(1, e), INFINITY));
    }
    for (int e = -1074; e < 1024; e++)
        expect_shortest_double(ldexp(1, e));
    for (int i = 0; i < 100000; i++) {
        float narrow = random_float();
        double wide = random_double();

        if (isfinite(narrow))
            expect_shortest_float(narrow);
        if (isfinite(wide))
            expect_shortest_double(wide);
    }
}

static void the_form_changes_where_it_should(void **state)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {0, "0"},
        {-0.0, "-0"},
        {1, "1"},
        {-1, "-1"},
        {0.1f, "0.1"},
        {100000, "100000"},
        {999999, "999999"},
        {1000000, "1e+06"},
        {1234567, "1.234567e+06"},
        {123456.79f, "123456.79"},
        {16777216, "1.6777216e+07"},
        {0.0001f, "0.0001"},
        {0.00001f, "1e-05"},
        {0.00012345f, "0.00012345"},
        {INFINITY, "+Inf"},
        {-INFINITY, "-Inf"},
        {NAN, "NaN"},
        {-3.4028235e38f, "-3.4028235e+38"},
        {1e-45f, "1e-45"},
        {5, "5"},
        {20, "20"},
        {120.5f, "120.5"},
        {0x1p-12f, "0.00024414063"},
    };
    char text[CONVERT_NUMBER_ROOM + 1];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        text[convert_format_f32((float)cases[i].value, text)] = '\0';
        assert_string_equal(text, cases[i].text);
    }
    text[convert_format_f64(-2.2250738585072014e-308, text)] = '\0';
    assert_string_equal(text, "-2.2250738585072014e-308");
    text[convert_format_f64(1e100, text)] = '\0';
    assert_string_equal(text, "1e+100");
    text[convert_format_i64(INT64_MIN, text)] = '\0';
    assert_string_equal(text, "-9223372036854775808");
    text[convert_format_u64(UINT64_MAX, text)] = '\0';
    assert_string_equal(text, "18446744073709551615");
}

// A decimal of up to 40 digits, often close to halfway between two floats.
static void random_decimal(char *text, size_t room)
{
    switch (next_random() % 4) {
    case 0:
        snprintf(text, room, "%llu.%llue%d", (unsigned long long)(next_random() >> next_random() % 64),
                 (unsigned long long)(next_random() >> next_random() % 64), (int)(next_random() % 660) - 340);
        break;
    case 1:
        snprintf(text, room, "%.*e", (int)(next_random() % 25), (double)random_float() * (1 + 0x1p-24));
        break;
    case 2:
        snprintf(text, room, "%.*f", (int)(next_random() % 20), (double)(int64_t)next_random() / 1e13);
        break;
    default:
        snprintf(text, room, "%.*e", 15 + (int)(next_random() % 30), random_double());
    }
}

static void decimals_read_as_libc_reads_them(void **state)
{
    char text[512];

    (void)state;
    for (int i = 0; i < 200000; i++) {
        struct inferd_bytes bytes;
        double wide = 0;
        float narrow = 0;
        bool good;

        random_decimal(text, sizeof(text));
        bytes = inferd_bytes_of(text);
        if (strpbrk(text, "in"))
            continue;
        good = convert_parse_f64(bytes, &wide);
        if (good != isfinite(strtod(text, NULL)) || (good && wide != strtod(text, NULL)))
            fail_msg("%s as a double: %d %a", text, good, wide);
        good = convert_parse_f32(bytes, &narrow);
        if (good != isfinite(strtof(text, NULL)) || (good && narrow != strtof(text, NULL)))
            fail_msg("%s as a float: %d %a", text, good, (double)narrow);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_shortest),
        cmocka_unit_test(the_form_changes_where_it_should),
        cmocka_unit_test(decimals_read_as_libc_reads_them),
    };

    return cmocka_run_group_tests_name("numbers", tests, NULL, NULL);
}
