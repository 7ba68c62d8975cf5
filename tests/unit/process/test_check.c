// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The checking child: its report, and every way in which it may end.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "process/check.h"
#include "process/signals.h"

#define BIG (40u << 20)

static char program_name[] = "fake_worker";
static char *no_arguments[] = {program_name, NULL};
static char text[256];

static struct check *kept;

static struct check_result check_by(struct check **by, const char *payload, int64_t silence_ms)
{
    struct check_options options = {
        .program = BUILD_DIR "/tests/unit/process/fake_worker",
        .argv = no_arguments,
        .payload = payload,
        .payload_len = strlen(payload),
        .silence_ms = silence_ms,
        .kept = by,
    };
    struct check_result result;

    check_run(&options, &result);
    check_result_text(&result, text, sizeof(text));
    return result;
}

static struct check_result check(const char *payload, int64_t silence_ms)
{
    return check_by(NULL, payload, silence_ms);
}

static void collects_the_report(void **state)
{
    struct check_result result = check("well", 0);

    (void)state;
    assert_int_equal(result.outcome, CHECK_EXITED);
    assert_int_equal(result.exit_status, 0);
    assert_string_equal(result.report, "it is fine");
    assert_int_equal(result.report_len, 10);
    assert_false(result.has_crumb);
    assert_string_equal(text, "exited with status 0");
    check_result_free(&result);
}

static void tells_a_refusal(void **state)
{
    struct check_result result = check("refuse", 0);

    (void)state;
    assert_int_equal(result.outcome, CHECK_EXITED);
    assert_int_equal(result.exit_status, 7);
    assert_string_equal(result.report, "it is wrong");
    check_result_free(&result);
}

static void tells_a_crash_and_where(void **state)
{
    struct check_result result = check("crash", 0);

    (void)state;
    assert_int_equal(result.outcome, CHECK_CRASHED);
    assert_int_equal(result.signal, SIGSEGV);
    assert_string_equal(result.report, "before"); // what it had said is kept
    assert_true(result.has_crumb);
    assert_string_equal(result.crumb.node, "checked_node");
    assert_string_equal(text,
                        "crashed with SIGSEGV in run of module some_module (model some_model, node checked_node)");
    check_result_free(&result);
}

static void ends_what_hangs(void **state)
{
    bool began = false;

    (void)state;
    // On a machine so busy that the child doesn't even get that far in time, it gets more.
    for (int64_t silence_ms = 300; !began; silence_ms *= 2) {
        struct check_result result = check("hang", silence_ms);

        assert_int_equal(result.outcome, CHECK_HUNG);
        assert_int_equal(result.signal, SIGKILL);
        began = strcmp(result.report, "hanging") == 0;
        if (began)
            assert_non_null(strstr(text, "in create of module slow_module"));
        check_result_free(&result);
    }
}

static void ends_what_hangs_after_its_report(void **state)
{
    struct check_result result = check("deaf", 300);

    (void)state;
    assert_int_equal(result.outcome, CHECK_HUNG);
    check_result_free(&result);
}

static void ends_what_talks_too_much(void **state)
{
    struct check_result result = check("talk", 60000);

    (void)state;
    assert_int_equal(result.outcome, CHECK_GARRULOUS);
    assert_true(result.report_len <= CHECK_MAX_REPORT);
    check_result_free(&result);
}

static void hands_over_a_big_payload(void **state)
{
    struct check_options options = {.program = BUILD_DIR "/tests/unit/process/fake_worker", .argv = no_arguments};
    struct check_result result;
    char *payload = malloc(BIG);

    (void)state;
    assert_non_null(payload);
    memset(payload, 'x', BIG);
    memcpy(payload + BIG - 4, "last", 4);
    options.payload = payload;
    options.payload_len = BIG;
    check_run(&options, &result);
    assert_string_equal(result.report, "last");
    check_result_free(&result);
    free(payload);
}

static void tells_that_it_could_not_start(void **state)
{
    struct check_options options = {.program = "/does/not/exist", .argv = no_arguments, .payload = ""};
    struct check_result result;

    (void)state;
    check_run(&options, &result);
    assert_int_equal(result.outcome, CHECK_FAILED);
    assert_non_null(strstr(check_result_text(&result, text, sizeof(text)), "No such file"));
    check_result_free(&result);
}

static void *check_once(void *outcome)
{
    struct check_options options = {
        .program = BUILD_DIR "/tests/unit/process/fake_worker",
        .argv = no_arguments,
        .payload = "well",
        .payload_len = 4,
    };
    struct check_result result;

    for (int i = 0; i < 10; i++) {
        check_run(&options, &result);
        if (result.outcome == CHECK_EXITED && strcmp(result.report, "it is fine") == 0)
            ++*(int *)outcome;
        check_result_free(&result);
    }
    return NULL;
}

static void runs_several_at_a_time(void **state)
{
    pthread_t threads[4];
    int fine[4] = {0};

    (void)state;
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, check_once, &fine[i]), 0);
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(fine[i], 10);
    }
}

static long who(void)
{
    struct check_result result = check_by(&kept, "who", 0);
    long pid = atol(result.report);

    assert_int_equal(result.outcome, CHECK_EXITED);
    assert_true(result.whole);
    check_result_free(&result);
    return pid;
}

static void ends_kept(void)
{
    check_end(kept);
    kept = NULL;
}

static void asks_a_child_again(void **state)
{
    long first = who();

    (void)state;
    assert_non_null(kept);
    assert_int_equal(who(), first);
    ends_kept();
    assert_int_equal(kill((pid_t)first, 0), -1); // it was reaped
    assert_int_not_equal(who(), first);
    ends_kept();
}

// So that what leaks in it comes to an end.
static void asks_it_so_often_only(void **state)
{
    long first = who();

    (void)state;
    for (int i = 2; i < CHECK_MOST_USES; i++)
        assert_int_equal(who(), first);
    assert_int_equal(who(), first); // the last time
    assert_null(kept);
    assert_int_not_equal(who(), first);
    ends_kept();
}

static void does_not_believe_a_used_one_that(const char *payload)
{
    long first = who();
    struct check_result result = check_by(&kept, payload, 0);

    assert_int_equal(result.outcome, CHECK_EXITED);
    assert_int_equal(result.exit_status, 0);
    assert_string_equal(result.report, "it is fine");
    assert_false(result.has_crumb);
    check_result_free(&result);
    assert_int_not_equal(who(), first);
    ends_kept();
}

static void does_not_believe_a_used_one_that_fails(void **state)
{
    (void)state;
    does_not_believe_a_used_one_that("first");
    does_not_believe_a_used_one_that("end");
}

static void tries_again_where_a_kept_one_was_killed(void **state)
{
    long first = who();

    (void)state;
    assert_int_equal(kill((pid_t)first, SIGKILL), 0);
    assert_int_not_equal(who(), first);
    ends_kept();
}

static void keeps_none_that_fails(void **state)
{
    struct check_result result = check_by(&kept, "crash", 0);

    (void)state;
    assert_int_equal(result.outcome, CHECK_CRASHED);
    assert_null(kept);
    check_result_free(&result);
}

static void attaches_to_a_parent_only(void **state)
{
    struct check_child child;
    int fds[2];

    (void)state;
    assert_int_equal(pipe(fds), 0);
    close(fds[1]);
    assert_false(check_child_attach(fds[0], &child, text, sizeof(text)));
    assert_non_null(strstr(text, "no parent"));
    close(fds[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(collects_the_report),
        cmocka_unit_test(tells_a_refusal),
        cmocka_unit_test(tells_a_crash_and_where),
        cmocka_unit_test(ends_what_hangs),
        cmocka_unit_test(ends_what_hangs_after_its_report),
        cmocka_unit_test(ends_what_talks_too_much),
        cmocka_unit_test(hands_over_a_big_payload),
        cmocka_unit_test(tells_that_it_could_not_start),
        cmocka_unit_test(runs_several_at_a_time),
        cmocka_unit_test(asks_a_child_again),
        cmocka_unit_test(asks_it_so_often_only),
        cmocka_unit_test(does_not_believe_a_used_one_that_fails),
        cmocka_unit_test(tries_again_where_a_kept_one_was_killed),
        cmocka_unit_test(keeps_none_that_fails),
        cmocka_unit_test(attaches_to_a_parent_only),
    };

    signals_prepare();
    alarm(120);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
