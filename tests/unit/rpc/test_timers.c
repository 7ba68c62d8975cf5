// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The heap of timers against a plain list, in random order.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include "rpc/timers.h"

#define MANY 500

static void test_fires_in_order_of_time(void **state)
{
    struct timers timers = {0};
    struct loop_timer timer[5] = {0};
    static const int64_t at[5] = {50, 10, 40, 20, 30};

    (void)state;
    assert_true(timers_next_us(&timers) == INT64_MAX);
    for (size_t i = 0; i < 5; i++)
        assert_true(timers_arm(&timers, &timer[i], at[i]));
    assert_int_equal(timers_next_us(&timers), 10);
    assert_null(timers_take(&timers, 9));
    assert_ptr_equal(timers_take(&timers, 25), &timer[1]);
    assert_int_equal(timer[1].slot, 0);
    assert_ptr_equal(timers_take(&timers, 25), &timer[3]);
    assert_null(timers_take(&timers, 25));
    timers_drop(&timers, &timer[4]);
    timers_drop(&timers, &timer[4]); // not armed: nothing happens
    assert_ptr_equal(timers_take(&timers, 100), &timer[2]);
    assert_ptr_equal(timers_take(&timers, 100), &timer[0]);
    assert_null(timers_take(&timers, 100));
    timers_free(&timers);
}

static void test_arming_again_moves(void **state)
{
    struct timers timers = {0};
    struct loop_timer a = {0}, b = {0};

    (void)state;
    assert_true(timers_arm(&timers, &a, 10));
    assert_true(timers_arm(&timers, &b, 20));
    assert_true(timers_arm(&timers, &a, 30));
    assert_int_equal(timers_next_us(&timers), 20);
    assert_true(timers_arm(&timers, &a, 5));
    assert_ptr_equal(timers_take(&timers, 100), &a);
    assert_ptr_equal(timers_take(&timers, 100), &b);
    assert_null(timers_take(&timers, 100));
    timers_free(&timers);
}

static void test_freeing_disarms(void **state)
{
    struct timers timers = {0};
    struct loop_timer a = {0};

    (void)state;
    assert_true(timers_arm(&timers, &a, 10));
    timers_free(&timers);
    assert_int_equal(a.slot, 0);
}

// The earliest armed time of a plain array; -1: not armed.
static int64_t earliest(const int64_t *at)
{
    int64_t least = INT64_MAX;

    for (size_t i = 0; i < MANY; i++)
        if (at[i] >= 0 && at[i] < least)
            least = at[i];
    return least;
}

static void test_agrees_with_a_list(void **state)
{
    struct timers timers = {0};
    static struct loop_timer timer[MANY];
    static int64_t at[MANY];
    int64_t now = 0;

    (void)state;
    srand(7);
    for (size_t i = 0; i < MANY; i++)
        at[i] = -1;
    for (int step = 0; step < 50000; step++) {
        size_t i = (size_t)rand() % MANY;
        struct loop_timer *due;

        switch (rand() % 4) {
        case 0:
        case 1:
            at[i] = now + rand() % 1000;
            assert_true(timers_arm(&timers, &timer[i], at[i]));
            break;
        case 2:
            at[i] = -1;
            timers_drop(&timers, &timer[i]);
            break;
        default:
            now += rand() % 50;
            due = timers_take(&timers, now);
            if (due == NULL) {
                assert_true(earliest(at) > now);
            } else {
                assert_int_equal(due->at_us, earliest(at));
                at[due - timer] = -1;
            }
        }
        assert_true(timers_next_us(&timers) == earliest(at));
    }
    timers_free(&timers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fires_in_order_of_time),
        cmocka_unit_test(test_arming_again_moves),
        cmocka_unit_test(test_freeing_disarms),
        cmocka_unit_test(test_agrees_with_a_list),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
