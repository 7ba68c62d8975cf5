// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Compiling a config where there isn't enough memory, whichever piece it is that isn't there: it is refused and says
// why, nothing leaks, nothing crashes. Links with --wrap for the host's allocations, which JSON's library goes by, too.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <inferd/module.h>
#include "fake_kinds.h"
#include "plan/builder.h"

static bool starving;          // while a config is compiled
static long before_the_first;  // allocations that are still served
static long refused_at_a_time; // and then aren't
static long pieces;            // that were asked for

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
char *__wrap_strdup(const char *text);

static bool is_refused(void)
{
    long piece = starving ? pieces++ : -1;

    if (piece < before_the_first || piece >= before_the_first + refused_at_a_time)
        return false;
    errno = ENOMEM;
    return true;
}

void *__wrap_malloc(size_t size)
{
    return is_refused() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return is_refused() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    return is_refused() ? NULL : __real_realloc(memory, size);
}

char *__wrap_strdup(const char *text)
{
    return is_refused() ? NULL : __real_strdup(text);
}

static struct inferd_bytes read_resource(void *user, const char *subtree, const char *key, const char **where)
{
    (void)user;
    (void)subtree;
    *where = "/store";
    return inferd_bytes_of(key);
}

static const char config[] =
    "{\"dag_execution_config\":{\"component_dependency\":{\"a\":[\"root\"],\"b\":[\"a\"]}},"
    "\"component_config\":{\"copy_components\":["
    "{\"component\":\"a\",\"reads\":[\"in\",\"other\"],\"writes\":[\"x\"],\"object\":\"{\\\"factor\\\": 3}\"},"
    "{\"component\":\"b\",\"reads\":[\"x\"],\"writes\":[\"y\"],\"slate_writes\":[\"s\"],\"timeout_ms\":50,"
    "\"when\":\"in == 'a'\"}]},"
    "\"response_config\":{\"features\":[\"id\",\"y\",\"x\",\"s\",\"nowhere\"]}}";

// Enough of it for the plan's arena to take several blocks.
static char *make_config(void)
{
    const size_t columns = 4000;
    struct text text;

    text_init(&text);
    text_append(&text, config, strstr(config, "\"nowhere\"") - config);
    for (size_t i = 0; i < columns; i++)
        text_printf(&text, "\"one_of_many_columns_%zu\",", i);
    text_add(&text, strstr(config, "\"nowhere\""));
    assert_false(text.failed);
    return text.data;
}

// Compiles it with so many allocations served, and then so many not. Whether there was a plan.
static bool compile(const char *json, long served, long at_a_time, struct problems *problems)
{
    const struct plan_resources resources = {read_resource, NULL};
    const struct plan_options options = {.host = &fake_host, .resources = &resources};
    struct plan *plan;

    problems_init(problems);
    before_the_first = served;
    refused_at_a_time = at_a_time;
    pieces = 0;
    starving = true;
    plan = plan_compile(&options, "m", json, strlen(json), problems);
    starving = false;
    plan_destroy(plan);
    return plan;
}

// Goes through the allocations, all of the first and then ever fewer of them.
static void starve(long at_a_time)
{
    char *json = make_config();
    struct problems problems;
    long count, refused = 0;

    if (!compile(json, 0, 0, &problems)) {
        struct text text;

        text_init(&text);
        problems_text(&problems, &text);
        fail_msg("%s", text_string(&text));
    }
    problems_free(&problems);
    count = pieces;
    for (long served = 0; served < count; served += served < 1000 ? 1 : served / 200) {
        bool fine = compile(json, served, at_a_time, &problems);

        assert_true(fine == (problems.errors == 0));
        if (at_a_time == LONG_MAX / 2)
            assert_false(fine);
        // (Without memory for a message there is none.)
        if (!fine && problems.count > 0 && at_a_time == 1) {
            if (!strstr(problems.list[0].message, "there isn't enough memory to compile it"))
                fail_msg("after %ld of %ld: %s %s", served, count, problems.list[0].path, problems.list[0].message);
        }
        refused += !fine;
        problems_free(&problems);
    }
    assert_true(refused > 100);
    free(json);
}

static void one_piece_is_missing(void **state)
{
    (void)state;
    starve(1);
}

static void there_is_none_from_then_on(void **state)
{
    (void)state;
    starve(LONG_MAX / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_piece_is_missing),
        cmocka_unit_test(there_is_none_from_then_on),
    };

    return cmocka_run_group_tests_name("no_memory", tests, NULL, NULL);
}
