// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Breadcrumbs: through shared memory, nested, cut and terminated, used again, and of the thread that crashed.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "process/breadcrumb.h"

static struct breadcrumb_block *ours, *theirs;

static int map_twice(void **state)
{
    int fd;

    (void)state;
    ours = breadcrumb_create(&fd);
    theirs = ours ? breadcrumb_map(fd) : NULL;
    close(fd);
    if (!theirs)
        return -1;
    breadcrumb_use(theirs);
    breadcrumb_follow(BREADCRUMB_LOOP);
    return 0;
}

static int unmap(void **state)
{
    (void)state;
    breadcrumb_unmap(theirs);
    breadcrumb_unmap(ours);
    breadcrumb_unmap(NULL);
    return 0;
}

static void reach_the_other_mapping(void **state)
{
    struct breadcrumb read;
    uint64_t before, at, later;

    (void)state;
    assert_false(breadcrumb_read(ours, &read));
    before = breadcrumb_enter(breadcrumb_add("model", "node", "module"));
    assert_true(breadcrumb_read(ours, &read));
    assert_string_equal(read.model, "model");
    assert_string_equal(read.node, "node");
    assert_string_equal(read.module, "module");
    assert_string_equal(read.call, "run");
    assert_true(breadcrumb_look(ours, BREADCRUMB_LOOP, &read, &at));
    assert_false(breadcrumb_look(ours, BREADCRUMB_CONTROL, &read, &later));
    breadcrumb_leave(before);
    assert_false(breadcrumb_read(ours, &read));
    breadcrumb_enter(1); // the same component, another call
    assert_true(breadcrumb_look(ours, BREADCRUMB_LOOP, &read, &later));
    assert_true(at != later);
}

static void nest(void **state)
{
    uint32_t outer = breadcrumb_add("m", "outer", "x"), inner = breadcrumb_add("m", "inner", "x");
    uint64_t before, nested;
    struct breadcrumb read;

    (void)state;
    before = breadcrumb_enter(outer | BREADCRUMB_STOP);
    nested = breadcrumb_enter(inner | BREADCRUMB_CREATE);
    assert_true(breadcrumb_read(ours, &read));
    assert_string_equal(read.node, "inner");
    assert_string_equal(read.call, "create");
    breadcrumb_leave(nested);
    assert_true(breadcrumb_read(ours, &read));
    assert_string_equal(read.node, "outer");
    assert_string_equal(read.call, "stop");
    breadcrumb_leave(before);
    assert_false(breadcrumb_read(ours, &read));
}

static void cut_long_names_and_do_without(void **state)
{
    struct breadcrumb read;
    char name[200];

    (void)state;
    memset(name, 'n', sizeof(name));
    name[199] = '\0';
    breadcrumb_enter(breadcrumb_add(name, NULL, name));
    assert_true(breadcrumb_read(ours, &read));
    assert_int_equal(strlen(read.model), BREADCRUMB_NAME_SIZE - 1);
    assert_string_equal(read.node, "");
    assert_int_equal(strlen(read.module), BREADCRUMB_NAME_SIZE - 1);
}

// Components come and go with each config; when there is no more room, a call is in a plugin still.
static void use_numbers_again(void **state)
{
    struct breadcrumb read;
    uint32_t last = 0, number;

    (void)state;
    for (int i = 0; i < 100000; i++) {
        number = breadcrumb_add("m", "n", "x");
        assert_int_not_equal(number, 0);
        breadcrumb_remove(number);
    }
    while ((number = breadcrumb_add("m", "n", "x")))
        last = number;
    assert_int_not_equal(last, 0);
    breadcrumb_enter(0);
    assert_true(breadcrumb_read(ours, &read));
    assert_string_equal(read.module, "");
    breadcrumb_remove(last);
    assert_int_equal(breadcrumb_add("m", "n", "x"), last);
}

static void go_nowhere_without_a_block(void **state)
{
    struct breadcrumb read;

    (void)state;
    breadcrumb_use(NULL);
    assert_int_equal(breadcrumb_add("m", "n", "x"), 0);
    breadcrumb_follow(BREADCRUMB_LOOP);
    breadcrumb_leave(breadcrumb_enter(0));
    assert_false(breadcrumb_read(ours, &read));
}

static volatile bool endless = true;

static void *stay_inside(void *number)
{
    breadcrumb_follow(BREADCRUMB_LOOP);
    breadcrumb_enter((uint32_t)(uintptr_t)number);
    while (endless)
        pause();
    return NULL;
}

static int overflow(int depth)
{
    volatile char frame[4096];

    frame[0] = (char)depth;
    return endless ? overflow(depth + 1) + frame[0] : 0;
}

// Ends a process on its control thread, in a plugin or by overflowing its stack, while its loop is in another plugin.
static _Noreturn void crash(bool inside)
{
    uint32_t slow = breadcrumb_add("m", "slow", "x"), bad = breadcrumb_add("m", "bad", "x");
    pthread_t thread;
    struct breadcrumb read;
    uint64_t at;

    signal(SIGSEGV, SIG_DFL); // as if there were no sanitizer
    breadcrumb_use(theirs);
    pthread_create(&thread, NULL, stay_inside, (void *)(uintptr_t)slow);
    while (!breadcrumb_look(ours, BREADCRUMB_LOOP, &read, &at))
        ;
    breadcrumb_follow(BREADCRUMB_CONTROL);
    at = breadcrumb_enter(bad | BREADCRUMB_BIND);
    if (inside)
        raise(SIGABRT);
    breadcrumb_leave(at);
    _exit(overflow(0));
}

static int crashed(bool inside)
{
    pid_t child = fork();
    int status;

    if (child == 0)
        crash(inside);
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void are_those_of_the_thread_that_crashed(void **state)
{
    struct breadcrumb read;

    (void)state;
    assert_int_equal(crashed(true), SIGABRT);
    assert_true(breadcrumb_read(ours, &read));
    assert_string_equal(read.node, "bad");
    assert_string_equal(read.call, "bind");
    assert_false(read.left);
    assert_false(breadcrumb_read_left(ours, &read));
}

static void are_the_last_ones_where_that_thread_was_in_no_plugin(void **state)
{
    struct breadcrumb read;

    (void)state;
    assert_false(breadcrumb_read_left(ours, &read)); // nobody has crashed
    assert_int_not_equal(crashed(false), 0);
    assert_false(breadcrumb_read(ours, &read));
    assert_true(breadcrumb_read_left(ours, &read));
    assert_string_equal(read.node, "bad");
    assert_string_equal(read.call, "bind");
    assert_true(read.left);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reach_the_other_mapping, map_twice, unmap),
        cmocka_unit_test_setup_teardown(nest, map_twice, unmap),
        cmocka_unit_test_setup_teardown(cut_long_names_and_do_without, map_twice, unmap),
        cmocka_unit_test_setup_teardown(use_numbers_again, map_twice, unmap),
        cmocka_unit_test_setup_teardown(go_nowhere_without_a_block, map_twice, unmap),
        cmocka_unit_test_setup_teardown(are_those_of_the_thread_that_crashed, map_twice, unmap),
        cmocka_unit_test_setup_teardown(are_the_last_ones_where_that_thread_was_in_no_plugin, map_twice, unmap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
