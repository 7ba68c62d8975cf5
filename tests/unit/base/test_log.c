// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The log's lines as a reader of standard error gets them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/log.h"
#include "caught.h"

static void a_line_has_all_its_parts(void **state)
{
    const struct log_field fields[] = {{"model", "m\"1"}, {"component", NULL}, {"trace", "t"}, {NULL, NULL}};
    char pid[32], shape[] = "{\"time\":\"dddd-dd-ddTdd:dd:dd.ddddddZ\",\"level\":\"WARNING\"";
    const char *line;

    (void)state;
    errno = ENOENT;
    log_line(LOG_WARNING, "refused", fields, "bad \x1b value %d: %m", 7);
    assert_int_equal(errno, ENOENT);
    line = read_all();
    snprintf(pid, sizeof(pid), ",\"pid\":%ld,", (long)getpid());
    for (size_t i = 0; shape[i]; i++) {
        if (shape[i] == 'd' && i > 8 && i < 36)
            assert_in_range(line[i], '0', '9');
        else
            assert_int_equal(line[i], shape[i]);
    }
    assert_non_null(strstr(line, pid));
    assert_non_null(strstr(line, ",\"event\":\"refused\",\"model\":\"m\\\"1\",\"trace\":\"t\",\"message\":"
                                 "\"bad \\u001b value 7: No such file or directory\"}\n"));
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
}

static void levels_are_kept_apart(void **state)
{
    int level = -1;

    (void)state;
    log_debug("x", "not written");
    assert_string_equal(read_all(), "");
    assert_true(log_level_of("debug", &level));
    assert_int_equal(level, LOG_DEBUG);
    log_set_level(level);
    assert_true(log_enabled(LOG_DEBUG));
    log_debug("x", "written");
    assert_non_null(strstr(read_all(), "\"level\":\"DEBUG\""));
    assert_true(log_level_of("Error", &level));
    log_set_level(level);
    log_warning("x", "not written");
    assert_string_equal(read_all(), "");
    log_error("x", "written");
    assert_non_null(strstr(read_all(), "\"level\":\"ERROR\""));
    assert_true(log_level_of("WARN", &level) && level == LOG_WARNING);
    assert_true(log_level_of("warning", &level) && level == LOG_WARNING);
    assert_true(log_level_of("INFO", &level) && level == LOG_INFO);
    assert_false(log_level_of("loud", &level));
    assert_false(log_level_of("", &level));
}

static void lost_lines_are_counted_in_the_next(void **state)
{
    int flags = fcntl(STDERR_FILENO, F_GETFL);
    char filler[4096] = {0};

    (void)state;
    fcntl(STDERR_FILENO, F_SETFL, flags | O_NONBLOCK);
    while (write(STDERR_FILENO, filler, sizeof(filler)) > 0)
        ;
    log_info("x", "lost one");
    log_info("x", "lost two");
    read_all();
    log_info("x", "after");
    assert_non_null(strstr(read_all(), "\"message\":\"after\",\"lost_lines\":2}\n"));
    log_info("x", "later");
    assert_null(strstr(read_all(), "lost_lines"));
}

static void the_process_is_in_every_line_once_set(void **state)
{
    (void)state;
    log_info("x", "before");
    assert_null(strstr(read_all(), "\"process\""));
    log_set_process("worker-3");
    log_info("x", "after");
    assert_non_null(strstr(read_all(), "\"process\":\"worker-3\",\"pid\":"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_line_has_all_its_parts, catch_stderr, release_stderr),
        cmocka_unit_test_setup_teardown(levels_are_kept_apart, catch_stderr, release_stderr),
        cmocka_unit_test_setup_teardown(lost_lines_are_counted_in_the_next, catch_stderr, release_stderr),
        cmocka_unit_test_setup_teardown(the_process_is_in_every_line_once_set, catch_stderr, release_stderr),
    };

    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
