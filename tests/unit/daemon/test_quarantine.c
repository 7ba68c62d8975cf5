// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The book of crashes: who is quarantined for crashes in a plugin, and for those in none; and who is let go again when
// workers crash on.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include "daemon/quarantine.h"

#define SECOND INT64_C(1000000)

struct fixture {
    struct quarantine_book book;
    int64_t now_us;
};

static int set_up(void **state)
{
    static struct fixture fixture;

    fixture = (struct fixture){.now_us = 1000 * SECOND};
    quarantine_init(&fixture.book, &(struct quarantine_rules){3, 3, 600 * SECOND}, NULL);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    quarantine_free(&((struct fixture *)*state)->book);
    return 0;
}

static enum quarantine_news crash(struct fixture *f, const char *model, const char *node, bool left)
{
    struct breadcrumb crumb = {.what = BREADCRUMB_RUN, .call = "run", .left = left};

    snprintf(crumb.model, sizeof(crumb.model), "%s", model);
    snprintf(crumb.node, sizeof(crumb.node), "%s", node);
    snprintf(crumb.module, sizeof(crumb.module), "some 1.0");
    f->now_us += SECOND;
    return quarantine_crash(&f->book, &crumb, "SIGABRT", f->now_us);
}

static enum quarantine_news crashes(struct fixture *f, const char *model, const char *node, unsigned times)
{
    for (; times > 1; times--)
        assert_int_equal(crash(f, model, node, true), QUARANTINE_NOTHING);
    return crash(f, model, node, true);
}

// Of the only one there is; NULL: there is none.
static const char *quarantined(struct fixture *f)
{
    struct bundle bundle = {.number = 1};

    quarantine_show(&f->book, &bundle);
    assert_true(bundle.quarantine_count <= 1);
    return bundle.quarantine_count ? bundle.quarantine[0].node : NULL;
}

static void the_third_crash_in_a_plugin_is_one_too_many(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(crash(f, "m", "bad", false), QUARANTINE_NOTHING);
    assert_int_equal(crash(f, "m", "bad", false), QUARANTINE_NOTHING);
    assert_int_equal(crash(f, "m", "bad", false), QUARANTINE_MODEL);
    assert_string_equal(quarantined(f), "bad");
}

static void in_no_plugin_it_is_the_sixth(void **state)
{
    struct fixture *f = *state;
    struct bundle bundle = {.number = 1};

    assert_int_equal(crashes(f, "m", "bad", 5), QUARANTINE_NOTHING);
    assert_null(quarantined(f));
    assert_int_equal(crash(f, "m", "bad", true), QUARANTINE_MODEL);
    quarantine_show(&f->book, &bundle);
    assert_int_equal(bundle.quarantine_count, 1);
    assert_string_equal(bundle.quarantine[0].node, "bad");
    assert_true(bundle.quarantine[0].after);
    assert_int_equal(bundle.quarantine[0].crashes, 6);
}

static void crashes_of_both_sorts_are_counted_apart(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(crashes(f, "m", "bad", 5), QUARANTINE_NOTHING);
    assert_int_equal(crash(f, "m", "bad", false), QUARANTINE_NOTHING);
    assert_int_equal(crash(f, "m", "bad", false), QUARANTINE_NOTHING);
    assert_null(quarantined(f));
}

static void components_that_run_now_and_then_before_a_crash_are_left_alone(void **state)
{
    static const char *const nodes[] = {"a", "b", "c"};
    struct fixture *f = *state;

    for (unsigned i = 0; i < 30; i++)
        assert_int_equal(crash(f, "m", nodes[i % 3], true), QUARANTINE_NOTHING);
    assert_null(quarantined(f));
}

static void who_only_ran_next_is_let_go_when_workers_crash_on(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(crashes(f, "m", "next", 6), QUARANTINE_MODEL);
    assert_string_equal(quarantined(f), "next");
    f->now_us += 3 * SECOND;
    assert_int_equal(crashes(f, "m", "bad", 3), QUARANTINE_ALL);
    assert_null(quarantined(f));
    // It had half of them; once the other one has as many, that is quarantined, and stays so.
    assert_int_equal(crashes(f, "m", "bad", 3), QUARANTINE_MODEL);
    assert_string_equal(quarantined(f), "bad");
    // Who was let go isn't suspected anew.
    f->now_us += 3 * SECOND;
    assert_int_equal(crash(f, "m", "next", true), QUARANTINE_NOTHING);
    assert_int_equal(crash(f, "m", "next", true), QUARANTINE_NOTHING);
    assert_string_equal(quarantined(f), "bad");
}

static void crashes_before_all_workers_know_let_nobody_go(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(crashes(f, "m", "bad", 6), QUARANTINE_MODEL);
    for (unsigned i = 0; i < 8; i++) {
        f->now_us -= SECOND;
        assert_int_equal(crash(f, "m", "bad", true), QUARANTINE_NOTHING);
    }
    assert_string_equal(quarantined(f), "bad");
}

static void rare_crashes_let_nobody_go(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(crashes(f, "m", "bad", 6), QUARANTINE_MODEL);
    for (unsigned i = 0; i < 10; i++) {
        f->now_us += 400 * SECOND; // two at most within the window
        assert_int_equal(crash(f, "other", "some", true), QUARANTINE_NOTHING);
    }
    assert_string_equal(quarantined(f), "bad");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_third_crash_in_a_plugin_is_one_too_many, set_up, tear_down),
        cmocka_unit_test_setup_teardown(in_no_plugin_it_is_the_sixth, set_up, tear_down),
        cmocka_unit_test_setup_teardown(crashes_of_both_sorts_are_counted_apart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(components_that_run_now_and_then_before_a_crash_are_left_alone, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(who_only_ran_next_is_let_go_when_workers_crash_on, set_up, tear_down),
        cmocka_unit_test_setup_teardown(crashes_before_all_workers_know_let_nobody_go, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rare_crashes_let_nobody_go, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
