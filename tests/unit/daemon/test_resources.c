// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Resources in a real directory: found on first use, followed from then on, and told when they change.
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>
#include "base/log.h"
#include "daemon/resources.h"

struct fixture {
    char top[64];
    struct host_settings host;
    struct resources *resources;
    struct arena arena;
    sem_t changed;
};

static void changed(void *user, const char *subtree)
{
    struct fixture *f = user;

    assert_string_equal(subtree, "app/texts");
    sem_post(&f->changed);
}

static void expect_change(struct fixture *f)
{
    struct timespec end;

    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += 60;
    assert_int_equal(sem_timedwait(&f->changed, &end), 0);
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    struct resources_options options = {
        .host = &f->host, .watch = true, .wait_ms = 60000, .changed = changed, .user = f};

    log_set_level(LOG_ERROR + 1);
    strcpy(f->top, "/tmp/inferd-resources-XXXXXX");
    assert_non_null(mkdtemp(f->top));
    f->host = (struct host_settings){.config_dir = f->top, .etcd_endpoints = "", .etcd_username = ""};
    arena_init(&f->arena, 4096, 0);
    sem_init(&f->changed, 0, 0);
    f->resources = resources_new(&options);
    assert_non_null(f->resources);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    char command[128];

    resources_free(f->resources);
    arena_free(&f->arena);
    snprintf(command, sizeof(command), "rm -rf %s", f->top);
    assert_int_equal(system(command), 0);
    sem_destroy(&f->changed);
    free(f);
    return 0;
}

static void make_directory(struct fixture *f, const char *name)
{
    char path[256];

    snprintf(path, sizeof(path), "%s/%s", f->top, name);
    assert_int_equal(mkdir(path, 0755), 0);
}

static void write_text(struct fixture *f, const char *name, const char *text)
{
    char path[256], fresh[300];
    FILE *file;

    snprintf(path, sizeof(path), "%s/app/texts/%s.json", f->top, name);
    snprintf(fresh, sizeof(fresh), "%s.new", path);
    file = fopen(fresh, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(rename(fresh, path), 0);
}

static void expect_text(struct fixture *f, const char *key, const char *text)
{
    struct resource resource = {.subtree = "app/texts", .key = key};

    assert_true(resources_find(f->resources, &resource, true, &f->arena));
    if (text)
        assert_string_equal((const char *)resource.text.data, text);
    else
        assert_null(resource.text.data);
}

static void are_followed_from_their_first_use(void **state)
{
    struct fixture *f = *state;
    struct resource read = {.subtree = "app/texts", .key = "a"};
    struct resource_list list = {&read, 1};

    make_directory(f, "app");
    make_directory(f, "app/texts");
    write_text(f, "a", "one");
    assert_true(resources_find(f->resources, &read, true, &f->arena));
    expect_change(f); // for those who asked before the store had said anything
    assert_string_equal((const char *)read.text.data, "one");
    assert_true(resources_are(f->resources, &list));
    write_text(f, "a", "two");
    expect_change(f);
    assert_false(resources_are(f->resources, &list));
    expect_text(f, "a", "two");
    expect_text(f, "b", NULL);
    write_text(f, "b", "new");
    expect_change(f);
    expect_text(f, "b", "new");
}

static void need_not_be_there(void **state)
{
    struct fixture *f = *state;
    struct resource none = {.subtree = "app/texts", .key = "a"};
    struct resource_list list = {&none, 1};

    expect_text(f, "a", NULL);
    expect_change(f);
    assert_true(resources_are(f->resources, &list));
    make_directory(f, "app");
    make_directory(f, "app/texts");
    write_text(f, "a", "late");
    expect_change(f);
    expect_text(f, "a", "late");
    assert_false(resources_are(f->resources, &list));
}

static void that_go_are_gone(void **state)
{
    struct fixture *f = *state;
    char path[256];

    make_directory(f, "app");
    make_directory(f, "app/texts");
    write_text(f, "a", "1");
    write_text(f, "b", "2");
    expect_text(f, "b", "2");
    expect_change(f);
    snprintf(path, sizeof(path), "%s/app/texts/a.json", f->top);
    assert_int_equal(unlink(path), 0);
    expect_change(f);
    expect_text(f, "a", NULL);
    snprintf(path, sizeof(path), "%s/app/texts/b.json", f->top);
    assert_int_equal(unlink(path), 0);
    resources_reread(f->resources); // all of them: what isn't named any more is gone too
    expect_change(f);
    expect_text(f, "b", NULL);
}

static void a_store_that_says_nothing_is_not_waited_for_twice(void **state)
{
    struct fixture *f = *state;
    struct host_settings host = {.config_dir = "", .etcd_endpoints = "http://127.0.0.1:1", .etcd_username = ""};
    struct resources *resources =
        resources_new(&(struct resources_options){.host = &host, .watch = true, .wait_ms = 1});
    struct resource resource = {.subtree = "app/texts", .key = "a"};

    assert_false(resources_find(resources, &resource, true, &f->arena));
    assert_false(resources_find(resources, &resource, true, &f->arena));
    assert_null(resource.text.data);
    resources_free(resources);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(are_followed_from_their_first_use),
        CASE(need_not_be_there),
        CASE(that_go_are_gone),
        CASE(a_store_that_says_nothing_is_not_waited_for_twice),
    };

    return cmocka_run_group_tests_name("resources", tests, NULL, NULL);
}
