// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The parts of policies that know no clock of their own: breaker, budget, and the estimate of how long calls take.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "run/breaker.h"
#include "run/budget.h"
#include "run/estimate.h"

#define SECOND INT64_C(1000000)

static const struct plan_breaker policy = {
    .share = 0.5, .calls = 4, .probes = 2, .window_us = 10 * SECOND, .open_us = 5 * SECOND};

static void call(struct breaker *breaker, int64_t now_us, enum breaker_verdict verdict)
{
    uint32_t epoch;

    assert_true(breaker_allows(breaker, now_us, &epoch));
    breaker_tell(breaker, now_us, epoch, verdict);
}

static void test_opens_by_share(void **state)
{
    struct breaker breaker;
    uint32_t epoch;

    (void)state;
    breaker_init(&breaker, &policy, 0);
    for (int i = 0; i < 3; i++)
        call(&breaker, 1, BREAKER_BAD);
    assert_int_equal(breaker.state, BREAKER_CLOSED); // too few calls
    call(&breaker, 2, BREAKER_NEITHER);
    assert_int_equal(breaker.state, BREAKER_CLOSED);
    call(&breaker, 2, BREAKER_BAD);
    assert_int_equal(breaker.state, BREAKER_OPEN);
    assert_false(breaker_allows(&breaker, 2 + policy.open_us - 1, &epoch));
}

static void test_stays_closed_below_the_share(void **state)
{
    struct breaker breaker;

    (void)state;
    breaker_init(&breaker, &policy, 0);
    for (int i = 0; i < 100; i++)
        call(&breaker, i, i % 3 == 2 ? BREAKER_BAD : BREAKER_GOOD);
    assert_int_equal(breaker.state, BREAKER_CLOSED);
}

static void test_forgets_what_is_past(void **state)
{
    struct breaker breaker;

    (void)state;
    breaker_init(&breaker, &policy, 0);
    for (int i = 0; i < 3; i++)
        call(&breaker, i, BREAKER_BAD);
    call(&breaker, 11 * SECOND, BREAKER_BAD); // the window is past
    call(&breaker, 11 * SECOND, BREAKER_BAD);
    assert_int_equal(breaker.state, BREAKER_CLOSED);
    call(&breaker, 17 * SECOND, BREAKER_BAD); // those two are its older half
    call(&breaker, 17 * SECOND, BREAKER_BAD);
    assert_int_equal(breaker.state, BREAKER_OPEN);
}

static void open_at(struct breaker *breaker, int64_t now_us)
{
    breaker_init(breaker, &policy, 0);
    for (int i = 0; i < 4; i++)
        call(breaker, now_us, BREAKER_BAD);
    assert_int_equal(breaker->state, BREAKER_OPEN);
}

static void test_probes(void **state)
{
    uint32_t first, second, third;
    struct breaker breaker;

    (void)state;
    open_at(&breaker, 0);
    assert_true(breaker_allows(&breaker, policy.open_us, &first));
    assert_int_equal(breaker.state, BREAKER_HALF_OPEN);
    assert_true(breaker_allows(&breaker, policy.open_us, &second));
    assert_false(breaker_allows(&breaker, policy.open_us, &third)); // only two at a time
    breaker_tell(&breaker, policy.open_us, first, BREAKER_NEITHER); // given up: another may try
    assert_true(breaker_allows(&breaker, policy.open_us, &third));
    breaker_tell(&breaker, policy.open_us, second, BREAKER_GOOD);
    assert_int_equal(breaker.state, BREAKER_HALF_OPEN);
    breaker_tell(&breaker, policy.open_us, third, BREAKER_GOOD);
    assert_int_equal(breaker.state, BREAKER_CLOSED);
    call(&breaker, policy.open_us, BREAKER_BAD); // and begins to count anew
    assert_int_equal(breaker.state, BREAKER_CLOSED);
}

static void test_a_bad_probe_opens_again(void **state)
{
    struct breaker breaker;
    uint32_t epoch;

    (void)state;
    open_at(&breaker, 0);
    call(&breaker, policy.open_us, BREAKER_BAD);
    assert_int_equal(breaker.state, BREAKER_OPEN);
    assert_false(breaker_allows(&breaker, 2 * policy.open_us - 1, &epoch));
    assert_true(breaker_allows(&breaker, 2 * policy.open_us, &epoch));
}

static void test_calls_of_before_say_nothing(void **state)
{
    struct breaker breaker;
    uint32_t early, epoch;

    (void)state;
    breaker_init(&breaker, &policy, 0);
    assert_true(breaker_allows(&breaker, 0, &early));
    for (int i = 0; i < 4; i++)
        call(&breaker, 0, BREAKER_BAD);
    assert_true(breaker_allows(&breaker, policy.open_us, &epoch));
    breaker_tell(&breaker, policy.open_us, early, BREAKER_BAD);
    assert_int_equal(breaker.state, BREAKER_HALF_OPEN);
    breaker_tell(&breaker, policy.open_us, early, BREAKER_GOOD);
    assert_int_equal(breaker.probed, 0);
}

static void test_budget(void **state)
{
    struct budget budget;
    unsigned taken = 0;

    (void)state;
    budget_init(&budget, 0.25);
    while (budget_take(&budget))
        taken++;
    assert_int_equal(taken, 10);
    for (int i = 0; i < 400; i++) {
        budget_earn(&budget);
        taken += budget_take(&budget);
    }
    assert_int_equal(taken, 110);
    for (int i = 0; i < 1000; i++)
        budget_earn(&budget);
    for (taken = 0; budget_take(&budget);)
        taken++;
    assert_int_equal(taken, 10); // it doesn't pile up
}

static void test_estimate(void **state)
{
    struct estimate *estimate = malloc(sizeof(*estimate));

    (void)state;
    assert_non_null(estimate);
    estimate_init(estimate, 0.95);
    for (int i = 0; i < ESTIMATE_LEAST - 1; i++)
        estimate_add(estimate, 1000);
    assert_int_equal(estimate->median, 0);
    for (int i = 0; i < 10000; i++)
        estimate_add(estimate, i % 10 ? 1000 : 9000);
    assert_in_range(estimate->median, 960, 1040);
    assert_in_range(estimate->high, 8600, 9400);
    for (int i = 0; i < 40000; i++)
        estimate_add(estimate, 100); // the backend has become faster
    assert_in_range(estimate->high, 96, 104);
    estimate_add(estimate, -1);
    free(estimate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_opens_by_share),
        cmocka_unit_test(test_stays_closed_below_the_share),
        cmocka_unit_test(test_forgets_what_is_past),
        cmocka_unit_test(test_probes),
        cmocka_unit_test(test_a_bad_probe_opens_again),
        cmocka_unit_test(test_calls_of_before_say_nothing),
        cmocka_unit_test(test_budget),
        cmocka_unit_test(test_estimate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
