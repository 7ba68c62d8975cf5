// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The text buffer, above all what it makes of bytes that JSON can't hold as they are.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "base/text.h"

static void appends_and_formats(void **state)
{
    struct text text;
    char long_text[1000];

    (void)state;
    memset(long_text, 'y', sizeof(long_text) - 1);
    long_text[sizeof(long_text) - 1] = '\0';
    text_init(&text);
    assert_string_equal(text_string(&text), "");
    text_append(&text, "abcdef", 3);
    text_add(&text, "-");
    text_printf(&text, "%03d", 7);
    assert_string_equal(text_string(&text), "abc-007");
    text_printf(&text, "%s", long_text);
    assert_int_equal(text.len, 7 + 999);
    assert_string_equal(text_string(&text) + 7, long_text);
    text_clear(&text);
    assert_string_equal(text_string(&text), "");
    for (int i = 0; i < 10000; i++)
        text_printf(&text, "%d", i % 10);
    assert_int_equal(text.len, 10000);
    assert_false(text.failed);
    text_free(&text);
}

static void a_failure_keeps_what_was_there(void **state)
{
    struct text text;

    (void)state;
    text_init(&text);
    text_add(&text, "kept");
    text_append(&text, "never read", SIZE_MAX / 2);
    assert_true(text.failed);
    text_add(&text, " dropped");
    text_printf(&text, "%d", 1);
    assert_string_equal(text_string(&text), "kept");
    text_clear(&text);
    assert_false(text.failed);
    text_add(&text, "again");
    assert_string_equal(text_string(&text), "again");
    text_free(&text);
}

#define REPLACED "\xef\xbf\xbd"

static const struct {
    const char *in;
    size_t len;
    const char *out;
} json_cases[] = {
    {"", 0, "\"\""},
    {"plain", 5, "\"plain\""},
    {"say \"hi\" \\ there", 16, "\"say \\\"hi\\\" \\\\ there\""},
    {"a\nb\rc\td\0e\x1b[31m\x7f", 15, "\"a\\nb\\rc\\td\\u0000e\\u001b[31m\\u007f\""},
    {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 9, "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\""},
    {"\xc2\x9bZ\xc2\xa0", 5, "\"\\u009bZ\xc2\xa0\""},
    {"x\xff\xfey", 4, "\"x" REPLACED REPLACED "y\""},
    {"\xc0\x80", 2, "\"" REPLACED REPLACED "\""},                           // overlong
    {"\xed\xa0\x80", 3, "\"" REPLACED REPLACED REPLACED "\""},              // a surrogate
    {"\xf4\x90\x80\x80", 4, "\"" REPLACED REPLACED REPLACED REPLACED "\""}, // beyond U+10FFFF
    {"\xe2\x82", 2, "\"" REPLACED "\""},                                    // cut: counts once
    {"\xe2\x82x", 3, "\"" REPLACED "x\""},
    {"\xf0\x9f\x98", 3, "\"" REPLACED "\""},
    {"\xc3", 1, "\"" REPLACED "\""},
};

static void json_escapes_what_it_must(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(json_cases) / sizeof(json_cases[0]); i++) {
        struct text text;

        text_init(&text);
        text_json(&text, json_cases[i].in, json_cases[i].len);
        assert_string_equal(text_string(&text), json_cases[i].out);
        text_free(&text);
    }
}

static void mends_what_is_no_utf8(void **state)
{
    char text[] = "a\xff \xc3\xa4 \xe2\x82";
    char fine[] = "\xe6\x97\xa5";

    (void)state;
    text_mend(text);
    assert_string_equal(text, "a? \xc3\xa4 ??");
    text_mend(fine);
    assert_string_equal(fine, "\xe6\x97\xa5");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appends_and_formats),
        cmocka_unit_test(a_failure_keeps_what_was_there),
        cmocka_unit_test(json_escapes_what_it_must),
        cmocka_unit_test(mends_what_is_no_utf8),
    };

    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
