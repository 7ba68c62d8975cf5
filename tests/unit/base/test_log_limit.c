// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Limits to lines, at times that the test decides; what is left out, as a reader of standard error is told.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/log_limit.h"
#include "caught.h"

#define NOW_US INT64_C(5000000000)
#define THREADS 4
#define TRIES 10000

static int admitted(struct log_limit *limit, int level, int64_t now_us, int tries)
{
    int count = 0;

    while (tries--)
        count += log_limit_admit(limit, level, now_us);
    return count;
}

static void a_burst_and_then_one_a_second(void **state)
{
    struct log_limit limit = {.event = NULL};

    (void)state;
    assert_int_equal(admitted(&limit, LOG_ERROR, NOW_US, 1000), LOG_LIMIT_BURST);
    assert_int_equal(admitted(&limit, LOG_ERROR, NOW_US + LOG_LIMIT_REFILL_US - 1, 1000), 0);
    assert_int_equal(admitted(&limit, LOG_ERROR, NOW_US + LOG_LIMIT_REFILL_US, 1000), 1);
    assert_int_equal(admitted(&limit, LOG_ERROR, NOW_US + 4 * LOG_LIMIT_REFILL_US, 1000), 3);
    // A long silence is worth no more than a burst.
    assert_int_equal(admitted(&limit, LOG_ERROR, NOW_US + 1000 * (int64_t)LOG_LIMIT_REFILL_US, 1000), LOG_LIMIT_BURST);
    // Nobody who writes less than that notices.
    for (int i = 2000; i < 3000; i++)
        assert_int_equal(admitted(&limit, LOG_ERROR, NOW_US + i * (int64_t)LOG_LIMIT_REFILL_US, 1), 1);
}

static void levels_and_places_do_not_share(void **state)
{
    struct log_limit limit = {.event = NULL}, other = {.event = NULL};

    (void)state;
    assert_int_equal(admitted(&limit, LOG_INFO, NOW_US, 1000), LOG_LIMIT_BURST);
    assert_int_equal(admitted(&limit, LOG_WARNING, NOW_US, 1000), LOG_LIMIT_BURST);
    assert_int_equal(admitted(&limit, LOG_ERROR, NOW_US, 1000), LOG_LIMIT_BURST);
    assert_int_equal(admitted(&limit, LOG_DEBUG, NOW_US, 1000), 1000);
    assert_int_equal(admitted(&other, LOG_ERROR, NOW_US, 1000), LOG_LIMIT_BURST);
}

static void what_is_left_out_is_told_once(void **state)
{
    const struct log_field fields[] = {{"model", "m"}, {"component", "c"}, {NULL, NULL}};
    struct log_limit limit = {.event = NULL}, other = {.event = NULL};

    (void)state;
    log_limit_begin(&limit, "plugin", fields);
    log_limit_begin(&other, "connection", NULL);
    log_limit_tell();
    assert_string_equal(read_all(), "");
    admitted(&limit, LOG_ERROR, NOW_US, LOG_LIMIT_BURST + 7);
    admitted(&other, LOG_WARNING, NOW_US, LOG_LIMIT_BURST);
    log_limit_tell();
    assert_non_null(strstr(read_all(), "\"level\":\"ERROR\""));
    assert_non_null(
        strstr(got, "\"event\":\"plugin\",\"model\":\"m\",\"component\":\"c\",\"message\":\"7 more lines like"));
    assert_null(strstr(got, "connection"));
    log_limit_tell();
    assert_string_equal(read_all(), "");
    log_limit_end(&other);
    assert_string_equal(read_all(), "");
    admitted(&limit, LOG_ERROR, NOW_US, 3);
    log_limit_end(&limit);
    assert_non_null(strstr(read_all(), "\"3 more lines like"));
    log_limit_end(&limit);
    log_limit_tell();
    assert_string_equal(read_all(), "");
}

static void *write_much(void *argument)
{
    return (void *)(intptr_t)admitted(argument, LOG_ERROR, NOW_US, TRIES);
}

static void threads_share_a_burst_and_lose_nothing(void **state)
{
    struct log_limit limit = {.event = NULL};
    pthread_t threads[THREADS];
    unsigned long left_out, told = 0;
    intptr_t written = 0;
    const char *line;

    (void)state;
    log_limit_begin(&limit, "plugin", NULL);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, write_much, &limit), 0);
    log_limit_tell(); // beside them
    for (int i = 0; i < THREADS; i++) {
        void *count;

        pthread_join(threads[i], &count);
        written += (intptr_t)count;
    }
    log_limit_tell();
    for (line = read_all(); (line = strstr(line, "\"message\":\"")); line++)
        if (sscanf(line, "\"message\":\"%lu more", &left_out) == 1)
            told += left_out;
    assert_int_equal(written, LOG_LIMIT_BURST);
    assert_int_equal(told, THREADS * TRIES - LOG_LIMIT_BURST);
    log_limit_end(&limit);
}

static atomic_int woken, counted;

static void note_woken(void *user)
{
    atomic_fetch_add((atomic_int *)user, 1);
}

static void note_one(void)
{
    atomic_fetch_add(&counted, 1);
}

static void who_tells_is_woken_once_for_what_is_left_out(void **state)
{
    struct log_limit limit = {.event = NULL}, other = {.event = NULL};

    (void)state;
    log_limit_begin(&limit, "plugin", NULL);
    log_limit_count(note_one);
    log_limit_wake(note_woken, &woken);
    admitted(&limit, LOG_ERROR, NOW_US, LOG_LIMIT_BURST);
    assert_int_equal(woken, 0); // nothing to tell
    assert_int_equal(counted, 0);
    admitted(&limit, LOG_ERROR, NOW_US, 5);
    admitted(&other, LOG_ERROR, NOW_US, LOG_LIMIT_BURST + 1);
    assert_int_equal(woken, 1);
    assert_int_equal(counted, 6);
    log_limit_tell();
    assert_int_equal(woken, 1);
    admitted(&limit, LOG_ERROR, NOW_US, 1);
    assert_int_equal(woken, 2);
    log_limit_wake(NULL, NULL);
    log_limit_tell();
    admitted(&limit, LOG_ERROR, NOW_US, 1); // when there was nobody to be woken
    log_limit_wake(note_woken, &woken);
    assert_int_equal(woken, 3);
    log_limit_wake(NULL, NULL);
    log_limit_count(NULL);
    log_limit_end(&limit);
    log_limit_tell();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_and_then_one_a_second),
        cmocka_unit_test(levels_and_places_do_not_share),
        cmocka_unit_test_setup_teardown(what_is_left_out_is_told_once, catch_stderr, release_stderr),
        cmocka_unit_test_setup_teardown(who_tells_is_woken_once_for_what_is_left_out, catch_stderr, release_stderr),
        cmocka_unit_test_setup_teardown(threads_share_a_burst_and_lose_nothing, catch_stderr, release_stderr),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
