// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Versions: which are valid, which comes first, which one is meant.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "module/version.h"

static void dotted_numbers_are_valid(void **state)
{
    static const char *const good[] = {"0", "1", "1.2.0", "10.20.30.40", "999999999.1"};
    static const char *const bad[] = {
        "", ".", "1.", ".1", "1..2", "1.a", "v1", "1 ", "-1", "1.1234567890", "1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1"};

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(module_version_valid(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(module_version_valid(bad[i]));
}

static void parts_are_compared_as_numbers(void **state)
{
    static const char *const ascending[] = {"0.9", "1", "1.0.1", "1.9", "1.10", "1.10.0.1", "2", "10"};

    (void)state;
    for (size_t i = 0; i < sizeof ascending / sizeof *ascending; i++)
        for (size_t k = 0; k < sizeof ascending / sizeof *ascending; k++) {
            int order = module_version_compare(ascending[i], ascending[k]);

            assert_int_equal((order > 0) - (order < 0), (i > k) - (i < k));
        }
    assert_int_equal(module_version_compare("1", "1.0.0"), 0);
    assert_int_equal(module_version_compare("01", "1"), 0);
}

static void a_wanted_version_ends_at_a_dot(void **state)
{
    (void)state;
    assert_true(module_version_matches("1.4.2", "1"));
    assert_true(module_version_matches("1.4.2", "1.4"));
    assert_true(module_version_matches("1.4.2", "1.4.2"));
    assert_false(module_version_matches("10.0", "1"));
    assert_false(module_version_matches("1.42", "1.4"));
    assert_false(module_version_matches("1", "1.0"));
    assert_false(module_version_matches("1.4.2", ""));
    assert_false(module_version_matches("1.4.2", "1."));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dotted_numbers_are_valid),
        cmocka_unit_test(parts_are_compared_as_numbers),
        cmocka_unit_test(a_wanted_version_ends_at_a_dot),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
