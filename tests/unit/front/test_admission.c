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

static int64_t now, patience_us; // the latter 0: nobody waits
static struct admission admission;

static void begin(uint32_t least, uint32_t most, const char *shares)
{
    struct admission_options options = {
        .least = least, .most = most, .tenant_shares = shares, .patience_us = patience_us};

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
    assert_int_equal(admission.limit.value, 64); // as in the beginning: that wasn't used
    for (int i = 0; i < 5; i++)
        window(&pace, 1500);
    grown = admission.limit.value;
    assert_int_equal(grown, MOST); // doubled while it doesn't hurt
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
    assert_int_equal(admission.limit.value, 64);
    for (int i = 0; i < 100; i++)
        window(&pace, 1000);
    assert_int_equal(admission.limit.value, MOST);
    for (int i = 0; i < 100; i++) { // from above, too
        assert_int_equal(ask(&entry, ""), ADMISSION_GO);
        admission_leave(&admission, &entry, &pace, 1, true, now + 1000);
        now += 100000;
    }
    assert_true(admission.limit.value <= 64);
    admission_free(&admission);
}

// Runs that take a second tell nothing for a second, and those who wait meanwhile ask nothing.
static void makes_room_for_what_is_slow(void **state)
{
    static struct admission_entry entries[MOST];
    struct plan_pace pace = {0};
    enum admission_answer why;
    uint32_t count = 64;

    (void)state;
    patience_us = 2000000;
    begin(16, MOST, "");
    for (int i = 0; i < MOST; i++)
        assert_int_equal(ask(&entries[i], ""), i < 64 ? ADMISSION_GO : ADMISSION_WAIT);
    while (admission.waiting.count > 0) {
        int64_t due_us = admission_due_us(&admission, now);

        assert_true(due_us > now && due_us <= now + 100000);
        now = due_us;
        while (admission_next(&admission, now))
            count++;
        assert_null(admission_give_up(&admission, now, &why));
    }
    assert_int_equal(count, MOST);
    assert_true(now < 1000000 + 600000);
    // Now it is known what they take: the next ones needn't be seen to end first, either.
    for (int i = 0; i < MOST; i++) {
        now += i == 0 ? 1000000 : 0;
        admission_leave(&admission, &entries[i], &pace, (uint32_t)(MOST - i), true, now);
    }
    assert_true(admission.limit.usual_us > 900000);
    admission_free(&admission);
    patience_us = 0;
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
    admission.limit.value = MOST;       // as after a time of slow runs
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

static void a_burst_is_waited_out(void **state)
{
    static struct admission_entry entries[200];
    enum admission_answer why;

    (void)state;
    patience_us = 500000;
    begin(16, MOST, "");
    for (int i = 0; i < 200; i++) {
        assert_int_equal(ask(&entries[i], ""), i < 16 ? ADMISSION_GO : ADMISSION_WAIT);
        admission.limit.value = 16;
    }
    assert_null(admission_next(&admission, now));
    for (int i = 0; i < 184; i++) { // one ends each millisecond
        struct admission_entry *next;

        now += 1000;
        leave(&entries[i]);
        admission.limit.value = 16; // whatever it grew to
        assert_null(admission_give_up(&admission, now, &why));
        next = admission_next(&admission, now);
        assert_non_null(next);
        if (i < 15)
            assert_ptr_equal(next, &entries[16 + i]); // who came first
        if (i == 30)
            assert_ptr_equal(next, &entries[199 - 10]); // who came last
        assert_int_equal(next->since_us, now);
        assert_int_equal(admission.in_flight, 16);
    }
    assert_null(admission_next(&admission, now));
    assert_int_equal(admission.waiting.count, 0);
    admission_free(&admission);
    patience_us = 0;
}

// Three come while one ends. Those that get in have waited for no more than a moment, all the time.
static void in_an_overload_nobody_waits_long(void **state)
{
    static struct admission_entry entries[6000];
    uint32_t late = 0, served = 0, given_up = 0;
    enum admission_answer why;

    (void)state;
    patience_us = 500000;
    begin(16, MOST, "");
    admission.limit.value = 16;
    for (int ms = 0; ms < 2000; ms++) {
        for (int i = 0; i < 3; i++) {
            struct admission_entry *entry = &entries[3 * ms + i];

            if (!admission_is_full(&admission, now))
                ask(entry, "");
        }
        while (admission_give_up(&admission, now, &why)) {
            assert_int_equal(why, ADMISSION_FULL);
            given_up++;
        }
        if (ms > 600)
            assert_true(admission.waiting.count <= 16);
        now += 1000;
        if (admission.in_flight == 16) {
            struct admission_entry *next;
            int64_t came;

            leave(&entries[0]);
            next = waiting_next(&admission.waiting, now);
            came = next ? next->since_us : now;
            assert_ptr_equal(admission_next(&admission, now), next);
            served += next != NULL;
            late += now - came > 25000;
        }
        admission.limit.value = 16;
    }
    assert_true(served > 1950);
    assert_int_equal(late, 0);
    assert_true(given_up > 1000);
    assert_true(admission_is_full(&admission, now) || admission.waiting.count < 16);
    admission_free(&admission);
    patience_us = 0;
}

static void who_goes_away_waits_no_more(void **state)
{
    struct admission_entry entries[6];

    (void)state;
    patience_us = 500000;
    begin(3, 3, "");
    for (int i = 0; i < 6; i++)
        ask(&entries[i], "");
    admission_forget(&admission, &entries[4]); // from the middle, and the first
    admission_forget(&admission, &entries[3]);
    leave(&entries[0]);
    assert_ptr_equal(admission_next(&admission, now), &entries[5]);
    assert_null(admission_next(&admission, now));
    leave(&entries[1]);
    assert_null(admission_next(&admission, now));
    assert_int_equal(admission.in_flight, 2);
    admission_free(&admission);
    patience_us = 0;
}

// No more may wait than may be under way at the most. That is an overload until nobody has been refused for a second.
static void a_full_list_is_an_overload(void **state)
{
    struct admission_entry entries[9];
    enum admission_answer why = ADMISSION_GO;

    (void)state;
    patience_us = 500000;
    begin(3, 3, "");
    for (int i = 0; i < 6; i++)
        assert_int_equal(ask(&entries[i], ""), i < 3 ? ADMISSION_GO : ADMISSION_WAIT);
    now += 6000;
    assert_null(admission_give_up(&admission, now, &why));
    assert_int_equal(ask(&entries[6], ""), ADMISSION_WAIT);
    for (int i = 3; i < 6; i++)
        assert_ptr_equal(admission_give_up(&admission, now, &why), &entries[i]);
    assert_int_equal(why, ADMISSION_FULL);
    assert_null(admission_give_up(&admission, now, &why));
    leave(&entries[0]);
    assert_ptr_equal(admission_next(&admission, now), &entries[6]);
    for (int i = 3; i < 6; i++)
        assert_int_equal(ask(&entries[i], ""), ADMISSION_WAIT);
    assert_true(admission_is_full(&admission, now));
    assert_int_equal(ask(&entries[7], ""), ADMISSION_FULL);
    now += 1000000;
    for (int i = 3; i < 6; i++)
        admission_forget(&admission, &entries[i]);
    now++;
    assert_int_equal(ask(&entries[3], ""), ADMISSION_WAIT);
    now += 6000;
    assert_null(admission_give_up(&admission, now, &why));
    admission_free(&admission);
    patience_us = 0;
}

// Six come at once, again and again, to where three are served in 30 ms and as many may wait. Once the list was too
// long, which tells of an overload. Where there is nothing to do for most of the time, it was none.
static void bursts(int64_t pause_us, bool overload)
{
    struct admission_entry entries[7];
    enum admission_answer why;

    patience_us = 500000;
    begin(3, 3, "");
    for (int burst = 0; burst < 4; burst++) {
        for (int i = 0; i < 6; i++)
            assert_int_equal(ask(&entries[i], ""), i < 3 ? ADMISSION_GO : ADMISSION_WAIT);
        assert_int_equal(admission_is_full(&admission, now), burst > 0 && overload);
        if (burst == 0)
            assert_int_equal(ask(&entries[6], ""), ADMISSION_WAIT);
        now += 30000;
        assert_int_equal(admission_give_up(&admission, now, &why) != NULL, burst == 0 || overload);
        while (admission.waiting.count > 0)
            admission_forget(&admission, admission.waiting.oldest);
        for (int i = 0; i < 3; i++)
            leave(&entries[i]);
        now += pause_us;
    }
    admission_free(&admission);
    patience_us = 0;
}

static void bursts_are_no_overload(void **state)
{
    (void)state;
    bursts(170000, false);
    bursts(20000, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_beyond_the_limit),
        cmocka_unit_test(without_a_limit_nobody_is_refused),
        cmocka_unit_test(follows_what_runs_take),
        cmocka_unit_test(makes_room_for_what_is_slow),
        cmocka_unit_test(what_is_slow_for_some_is_no_overload),
        cmocka_unit_test(sees_a_queue_before_it_is_waited_in),
        cmocka_unit_test(an_overload_from_the_start_is_found_out),
        cmocka_unit_test(runs_that_fail_tell_nothing_of_what_is_normal),
        cmocka_unit_test(a_tenant_gets_its_share_from_one_who_has_all),
        cmocka_unit_test(shares_go_by_weight_to_those_who_are_there),
        cmocka_unit_test(invented_tenants_get_no_more_than_twice_the_limit),
        cmocka_unit_test(a_burst_is_waited_out),
        cmocka_unit_test(in_an_overload_nobody_waits_long),
        cmocka_unit_test(who_goes_away_waits_no_more),
        cmocka_unit_test(a_full_list_is_an_overload),
        cmocka_unit_test(bursts_are_no_overload),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
