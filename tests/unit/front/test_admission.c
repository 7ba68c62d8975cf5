// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Admission: the limit and how it follows what runs take, and tenants' shares of it. Time is the test's own.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include "front/admission.h"

#define MOST 1000

static int64_t now;
static struct admission admission;

static void begin(uint32_t least, uint32_t most, const char *shares)
{
    struct admission_options options = {.least = least, .most = most, .tenant_shares = shares};

    now = 1000000;
    assert_true(admission_init(&admission, &options));
}

static enum admission_answer ask(struct admission_entry *entry, const char *tenant)
{
    return admission_ask(&admission, entry, (struct inferd_bytes){(const uint8_t *)tenant, strlen(tenant)}, now);
}

static void leave(const struct admission_entry *entry)
{
    admission_leave(&admission, entry, NULL, 0, false, now);
}

static void refuses_beyond_the_limit(void **state)
{
    struct admission_entry entries[4];

    (void)state;
    begin(3, 3, "");
    for (int i = 0; i < 3; i++)
        assert_int_equal(ask(&entries[i], ""), ADMISSION_GO);
    assert_int_equal(ask(&entries[3], ""), ADMISSION_FULL);
    assert_int_equal(admission.in_flight, 3);
    leave(&entries[1]);
    assert_int_equal(ask(&entries[3], ""), ADMISSION_GO);
    admission_free(&admission);
}

static void without_a_limit_nobody_is_refused(void **state)
{
    static struct admission_entry entries[5000];

    (void)state;
    begin(16, 0, "");
    for (int i = 0; i < 5000; i++)
        assert_int_equal(ask(&entries[i], i % 2 ? "a" : "b"), ADMISSION_GO);
    assert_false(admission_is_full(&admission, now));
    admission_free(&admission);
}

// Keeps as many under way as may be for a window, each of which takes 'took' more than the normal time.
static void window(struct plan_pace *pace, int64_t took_us)
{
    static struct admission_entry entries[2 * MOST];
    uint32_t count = 0;

    while (ask(&entries[count], "") == ADMISSION_GO)
        count++;
    now += took_us;
    for (uint32_t i = 0; i < count; i++)
        admission_leave(&admission, &entries[i], pace, count - i, true, now);
    now += 100000;
}

static void follows_what_runs_take(void **state)
{
    struct plan_pace pace = {0};
    struct admission_entry entry;
    uint32_t grown;

    (void)state;
    begin(16, MOST, "");
    for (int i = 0; i < 20; i++) { // alone: what is normal
        assert_int_equal(ask(&entry, ""), ADMISSION_GO);
        now += 1000;
        admission_leave(&admission, &entry, &pace, 1, true, now);
        now += 100000;
    }
    assert_int_equal(admission.limit.value, MOST); // as in the beginning: that wasn't used
    for (int i = 0; i < 10; i++)
        window(&pace, 1500);
    grown = admission.limit.value;
    assert_int_equal(grown, MOST);
    for (int i = 0; i < 3; i++)
        window(&pace, 4000); // four times as long
    assert_true(admission.limit.value < grown / 2);
    for (int i = 0; i < 30; i++)
        window(&pace, 4000);
    assert_int_equal(admission.limit.value, 16);
    for (int i = 0; i < 50; i++) { // and when it isn't used, back to where it began
        assert_int_equal(ask(&entry, ""), ADMISSION_GO);
        admission_leave(&admission, &entry, &pace, 1, true, now + 1000);
        now += 100000;
    }
    assert_true(admission.limit.value > 64);
    for (int i = 0; i < 100; i++)
        window(&pace, 1000);
    assert_int_equal(admission.limit.value, MOST);
    admission_free(&admission);
}

static void what_is_slow_for_some_is_no_overload(void **state)
{
    struct plan_pace fast = {0}, slow = {0};
    struct admission_entry entry;

    (void)state;
    begin(16, MOST, "");
    for (int i = 0; i < 400; i++) {
        bool is_slow = i % 5 == 0 && i > 100; // one model's backend is a hundred times slower from then on

        assert_int_equal(ask(&entry, ""), ADMISSION_GO);
        admission.in_flight += 100; // as if others were under way
        now += is_slow ? 100000 : 1000;
        admission_leave(&admission, &entry, i % 5 ? &fast : &slow, 1, true, now);
        admission.in_flight -= 100;
        now += 20000;
    }
    assert_true(admission.limit.value > 64);
    admission_free(&admission);
}

// Twice as many come as end: the limit goes down as soon as that is seen, not when those who waited have ended.
static void sees_a_queue_before_it_is_waited_in(void **state)
{
    static struct admission_entry entries[2 * MOST];
    struct plan_pace pace = {0};
    uint32_t first = 0, last = 0;

    (void)state;
    begin(16, MOST, "");
    for (int ms = 0; ms < 3000; ms++) { // one comes and one ends each millisecond, after 5
        assert_int_equal(ask(&entries[last++ % (2 * MOST)], ""), ADMISSION_GO);
        now += 1000;
        if (last - first > 5)
            admission_leave(&admission, &entries[first++ % (2 * MOST)], &pace, 6, true, now);
    }
    for (int ms = 0; ms < 300; ms++) {
        for (int i = 0; i < 3; i++)
            last += ask(&entries[last % (2 * MOST)], "") == ADMISSION_GO;
        now += 1000;
        admission_leave(&admission, &entries[first % (2 * MOST)], &pace, last - first, true, now);
        first++;
    }
    assert_true(last - first < 350); // and not 600
    assert_true(admission.limit.value < 64);
    admission_free(&admission);
}

// What was taken for normal while there was too much already is found out.
static void an_overload_from_the_start_is_found_out(void **state)
{
    struct plan_pace pace = {0};

    (void)state;
    begin(16, MOST, "");
    for (int i = 0; i < 2000; i++) // with one core each run takes as long as there are others
        window(&pace, 1000 * admission.limit.value);
    assert_true(admission.limit.value < 50);
    admission_free(&admission);
}

static void runs_that_fail_tell_nothing_of_what_is_normal(void **state)
{
    struct plan_pace pace = {0};
    struct admission_entry entry;

    (void)state;
    begin(16, MOST, "");
    for (int i = 0; i < 50; i++) {
        assert_int_equal(ask(&entry, ""), ADMISSION_GO);
        now += i < 25 ? 1000 : 1;
        admission_leave(&admission, &entry, &pace, 1, i < 25, now);
        now += 100000;
    }
    assert_true(pace.normal_us > 990 && pace.normal_us < 1010);
    admission_free(&admission);
}

static void a_tenant_gets_its_share_from_one_who_has_all(void **state)
{
    struct admission_entry a[16], b[16];
    int count = 0;

    (void)state;
    begin(8, 8, "");
    for (int i = 0; i < 8; i++)
        assert_int_equal(ask(&a[i], "a"), ADMISSION_GO); // nobody else wants any
    assert_int_equal(ask(&a[8], "a"), ADMISSION_FULL);
    while (count < 16 && ask(&b[count], "b") == ADMISSION_GO)
        count++;
    assert_int_equal(count, 4);
    assert_int_equal(ask(&b[4], "b"), ADMISSION_TENANT);
    assert_int_equal(ask(&a[8], "a"), ADMISSION_TENANT);
    for (int i = 0; i < 5; i++)
        leave(&a[i]);
    assert_int_equal(ask(&a[0], "a"), ADMISSION_GO); // 7 are under way: the limit isn't reached
    assert_int_equal(ask(&a[1], "a"), ADMISSION_TENANT);
    admission_free(&admission);
}

static void shares_go_by_weight_to_those_who_are_there(void **state)
{
    struct admission_entry a[16], b[16];

    (void)state;
    begin(8, 8, "a=3,b=1,c=4");
    assert_int_equal(ask(&b[0], "b"), ADMISSION_GO);
    for (int i = 0; i < 7; i++)
        assert_int_equal(ask(&a[i], "a"), ADMISSION_GO);
    assert_int_equal(ask(&a[7], "a"), ADMISSION_TENANT); // 6 are its share, for c isn't there
    assert_int_equal(ask(&b[1], "b"), ADMISSION_GO);     // its second
    assert_int_equal(ask(&b[2], "b"), ADMISSION_TENANT);
    leave(&b[0]);
    leave(&b[1]);
    now += 2000000; // b wants nothing any more
    assert_int_equal(ask(&a[8], "a"), ADMISSION_GO);
    assert_int_equal(ask(&a[9], "a"), ADMISSION_FULL);
    admission_free(&admission);
}

static void invented_tenants_get_no_more_than_twice_the_limit(void **state)
{
    static struct admission_entry entries[5000];
    uint32_t count = 0;
    char name[16];

    (void)state;
    begin(8, 8, "");
    for (int i = 0; i < 5000; i++) {
        snprintf(name, sizeof(name), "%d", i);
        count += ask(&entries[i], name) == ADMISSION_GO;
    }
    assert_int_equal(count, 16);
    assert_true(admission_is_full(&admission, now));
    admission_free(&admission);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_beyond_the_limit),
        cmocka_unit_test(without_a_limit_nobody_is_refused),
        cmocka_unit_test(follows_what_runs_take),
        cmocka_unit_test(what_is_slow_for_some_is_no_overload),
        cmocka_unit_test(sees_a_queue_before_it_is_waited_in),
        cmocka_unit_test(an_overload_from_the_start_is_found_out),
        cmocka_unit_test(runs_that_fail_tell_nothing_of_what_is_normal),
        cmocka_unit_test(a_tenant_gets_its_share_from_one_who_has_all),
        cmocka_unit_test(shares_go_by_weight_to_those_who_are_there),
        cmocka_unit_test(invented_tenants_get_no_more_than_twice_the_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
