// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Whose a path is: every directory and link on the way counts. Giving things to other users takes root.
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <fcntl.h>
#include <cmocka.h>
#include "base/owned.h"

#define OTHER 65533

static char top[64], error[512];

static int make_top(void **state)
{
    int fd;

    (void)state;
    umask(022);
    strcpy(top, "/tmp/owned-XXXXXX");
    if (!mkdtemp(top) || chdir(top) != 0 || mkdir("a", 0755) != 0 || mkdir("a/b", 0755) != 0)
        return -1;
    fd = open("a/b/file", O_CREAT | O_WRONLY, 0644);
    return fd < 0 || close(fd) != 0 ? -1 : 0;
}

static int remove_top(void **state)
{
    char command[80];

    (void)state;
    snprintf(command, sizeof(command), "rm -rf %s", top);
    return chdir("/") != 0 || system(command) != 0 ? -1 : 0;
}

static const char *path(const char *rest)
{
    static char text[PATH_MAX];

    snprintf(text, sizeof(text), "%s/%s", top, rest);
    return text;
}

static bool is_ours(const char *rest)
{
    *error = '\0';
    return owned_by_us(path(rest), error, sizeof(error));
}

static void is_told_of_modes(void **state)
{
    (void)state;
    assert_true(is_ours("a/b/file"));
    assert_true(is_ours("a/./b/../b//file"));
    assert_true(owned_by_us("a/b/file", error, sizeof(error)));
    assert_false(is_ours("a/b/none"));
    assert_non_null(strstr(error, "a/b/none"));
    assert_int_equal(chmod("a/b/file", 0646), 0);
    assert_false(is_ours("a/b/file"));
    assert_non_null(strstr(error, "a/b/file can be written to by anybody"));
    assert_int_equal(chmod("a/b/file", 0644), 0);
    assert_int_equal(chmod("a", 0777), 0); // b could be another one
    assert_false(is_ours("a/b/file"));
    assert_non_null(strstr(error, "/a can be written to by anybody"));
    assert_int_equal(chmod("a", 01777), 0); // now it can't
    assert_true(is_ours("a/b/file"));
    assert_false(is_ours("a")); // but anybody may put things into it
    assert_int_equal(chmod("a", 0775), 0);
    assert_true(is_ours("a/b/file")); // our own group
}

static void is_told_of_links(void **state)
{
    (void)state;
    assert_int_equal(symlink("a/b", "short"), 0);
    assert_int_equal(symlink(path("short"), "a/long"), 0);
    assert_int_equal(symlink("loop", "loop"), 0);
    assert_true(is_ours("a/long/file"));
    assert_int_equal(mkdir("open", 0755), 0);
    assert_int_equal(symlink("../a/b/file", "open/link"), 0);
    assert_true(is_ours("open/link"));
    assert_int_equal(chmod("open", 0777), 0); // the link could be another one
    assert_false(is_ours("open/link"));
    assert_non_null(strstr(error, "/open can be written to by anybody"));
    assert_int_equal(symlink("open/link", "through"), 0);
    assert_false(is_ours("through"));
    assert_false(is_ours("loop"));
    assert_non_null(strstr(error, "too many symbolic links"));
}

static void is_told_of_owners(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip(); // nobody else can give things away
    assert_int_equal(chown("a/b/file", OTHER, (gid_t)-1), 0);
    assert_false(is_ours("a/b/file"));
    assert_non_null(strstr(error, "belongs to user 65533"));
    assert_non_null(strstr(error, "chown"));
    assert_int_equal(chown("a/b/file", 0, OTHER), 0);
    assert_true(is_ours("a/b/file")); // a group that may only read
    assert_int_equal(chmod("a/b/file", 0664), 0);
    assert_false(is_ours("a/b/file"));
    assert_non_null(strstr(error, "chmod g-w"));
    assert_int_equal(chmod("a/b/file", 0644), 0);
    assert_int_equal(chown("a", OTHER, (gid_t)-1), 0);
    assert_false(is_ours("a/b/file"));
    assert_non_null(strstr(error, "/a belongs to user 65533"));
    assert_int_equal(chmod("a", 01777), 0); // whose it is may take away what he wants
    assert_false(is_ours("a/b/file"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(is_told_of_modes, make_top, remove_top),
        cmocka_unit_test_setup_teardown(is_told_of_links, make_top, remove_top),
        cmocka_unit_test_setup_teardown(is_told_of_owners, make_top, remove_top),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
