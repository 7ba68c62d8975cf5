// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Breadcrumbs: through shared memory, cut and terminated, cleared.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <unistd.h>
#include "process/breadcrumb.h"

static void reach_the_other_mapping(void **state)
{
    struct breadcrumb crumb, read;
    struct breadcrumb *ours, *theirs;
    int fd;

    (void)state;
    ours = breadcrumb_create(&fd);
    assert_non_null(ours);
    theirs = breadcrumb_map(fd);
    assert_non_null(theirs);
    close(fd);
    assert_false(breadcrumb_read(ours, &read));
    breadcrumb_fill(&crumb, "model", "node", "module");
    breadcrumb_drop(theirs, &crumb);
    assert_true(breadcrumb_read(ours, &read));
    assert_string_equal(read.model, "model");
    assert_string_equal(read.node, "node");
    assert_string_equal(read.module, "module");
    breadcrumb_clear(theirs);
    assert_false(breadcrumb_read(ours, &read));
    breadcrumb_unmap(ours);
    breadcrumb_unmap(theirs);
    breadcrumb_unmap(NULL);
}

static void cut_long_names(void **state)
{
    struct breadcrumb crumb, read;
    char name[200];

    (void)state;
    memset(name, 'n', sizeof(name));
    name[199] = '\0';
    breadcrumb_fill(&crumb, name, NULL, name);
    assert_true(breadcrumb_read(&crumb, &read));
    assert_int_equal(strlen(read.model), BREADCRUMB_NAME_SIZE - 1);
    assert_string_equal(read.node, "");
    assert_int_equal(strlen(read.module), BREADCRUMB_NAME_SIZE - 1);
}

// A dying process may have written anything.
static void are_terminated_when_read(void **state)
{
    struct breadcrumb crumb, read;

    (void)state;
    memset(&crumb, 'x', sizeof(crumb));
    assert_true(breadcrumb_read(&crumb, &read));
    assert_int_equal(strlen(read.model), BREADCRUMB_NAME_SIZE - 1);
    assert_int_equal(strlen(read.node), BREADCRUMB_NAME_SIZE - 1);
    assert_int_equal(strlen(read.module), BREADCRUMB_NAME_SIZE - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reach_the_other_mapping),
        cmocka_unit_test(cut_long_names),
        cmocka_unit_test(are_terminated_when_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
