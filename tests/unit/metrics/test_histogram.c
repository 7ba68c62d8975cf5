// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The buckets' arithmetic: every value is in the bucket whose bounds hold it, and near its middle.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include "metrics/histogram.h"

static void every_bucket_holds_its_bounds(void **state)
{
    (void)state;
    assert_int_equal(histogram_floor(0), 0);
    for (unsigned i = 0; i + 1 < HISTOGRAM_BUCKETS; i++) {
        uint64_t first = histogram_floor(i), next = histogram_floor(i + 1);

        assert_true(first < next);
        assert_int_equal(histogram_bucket(first), i);
        assert_int_equal(histogram_bucket(next - 1), i);
    }
}

static void no_value_is_far_from_its_buckets_middle(void **state)
{
    (void)state;
    for (uint64_t value = 1; value < UINT64_C(1) << HISTOGRAM_POWERS; value += 1 + value / 1000) {
        double middle = histogram_middle(histogram_bucket(value));

        assert_true(fabs(middle - (double)value) <= 0.032 * (double)value);
    }
}

static void what_is_too_large_is_in_the_last(void **state)
{
    (void)state;
    assert_int_equal(histogram_bucket((UINT64_C(1) << HISTOGRAM_POWERS) - 1), HISTOGRAM_BUCKETS - 2);
    assert_int_equal(histogram_bucket(UINT64_C(1) << HISTOGRAM_POWERS), HISTOGRAM_BUCKETS - 1);
    assert_int_equal(histogram_bucket(UINT64_MAX), HISTOGRAM_BUCKETS - 1);
}

static void quantiles_are_those_of_the_values(void **state)
{
    uint64_t counts[HISTOGRAM_BUCKETS] = {0};

    (void)state;
    for (unsigned i = 1; i <= 1000; i++)
        counts[histogram_bucket(i * 100)]++;
    for (unsigned percent = 1; percent <= 100; percent++) {
        double wanted = percent * 1000.0, got = (double)histogram_quantile(counts, 1000, percent / 100.0);

        assert_true(fabs(got - wanted) <= 0.04 * wanted + 100);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_bucket_holds_its_bounds),
        cmocka_unit_test(no_value_is_far_from_its_buckets_middle),
        cmocka_unit_test(what_is_too_large_is_in_the_last),
        cmocka_unit_test(quantiles_are_those_of_the_values),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
