// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// SHA-256 by the standard's own example, and its text.
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>
#include "base/digest.h"

static const char abc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

static void hashes(void **state)
{
    uint8_t digest[DIGEST_SIZE], read[DIGEST_SIZE];
    char text[DIGEST_TEXT_SIZE];

    (void)state;
    assert_true(digest_of("abc", 3, digest));
    digest_text(digest, text);
    assert_string_equal(text, abc);
    assert_true(digest_parse(abc, read));
    assert_true(digest_equal(digest, read));
    for (size_t i = 0; i < DIGEST_SIZE; i++) {
        read[i] ^= 1;
        assert_false(digest_equal(digest, read));
        read[i] ^= 1;
    }
}

static void refuses_what_is_none(void **state)
{
    char text[DIGEST_TEXT_SIZE + 1];
    uint8_t read[DIGEST_SIZE];

    (void)state;
    assert_false(digest_parse("", read));
    assert_false(digest_parse(abc + 1, read));
    strcpy(text, abc);
    strcat(text, "0");
    assert_false(digest_parse(text, read));
    strcpy(text, abc);
    text[5] = 'G';
    assert_false(digest_parse(text, read));
    text[5] = 'B'; // one spelling, so that lines can be looked for
    assert_false(digest_parse(text, read));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes),
        cmocka_unit_test(refuses_what_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
