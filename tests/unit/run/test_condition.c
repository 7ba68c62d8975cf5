// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Conditions on requests: what they mean, and what is refused of them, with its place.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "run/condition.h"

static struct arena arena;
static char error[256];

// Request columns that conditions may name, with their value in the first row.
static const struct value {
    const char *name, *text;
} values[] = {{"country", "IN"},        {"age", "31"}, {"price", "0.1"}, {"nothing", ""},
              {"user:seg-ment", "a b"}, {"in", "x"}};

enum { VALUES = sizeof(values) / sizeof(values[0]) };

static bool find(void *user, const char *name, uint32_t *index)
{
    (void)user;
    for (*index = 0; *index < VALUES; ++*index)
        if (strcmp(values[*index].name, name) == 0)
            return true;
    return false;
}

static uint32_t headers(void *user, const char *name, struct inferd_bytes *found, uint32_t room)
{
    (void)user;
    if (room == 0 || strcmp(name, "x-group") != 0)
        return 0;
    *found = inferd_bytes_of("beta");
    return 1;
}

static bool holds(const char *text)
{
    static const struct run_front front = {.headers = headers};
    static const struct inferd_request request = {.size = sizeof(request), .form = INFERD_PAIRWISE};
    const struct plan_condition *condition = plan_condition_read(&arena, text, find, NULL, error, sizeof(error));
    struct inferd_column columns[VALUES], *pointers[VALUES];
    struct inferd_bytes cells[VALUES];
    uint64_t valid[VALUES];
    struct run run = {.arena = arena,
                      .front = &front,
                      .request = &request,
                      .columns = pointers,
                      .targets = 20,
                      .tenant = inferd_bytes_of("shop")};
    bool held;

    if (!condition)
        fail_msg("%s: %s", text, error);
    for (size_t i = 0; i < VALUES; i++) {
        cells[i] = inferd_bytes_of(values[i].text);
        valid[i] = cells[i].len != 0;
        columns[i] = (struct inferd_column){
            .size = sizeof(columns[i]), .type = INFERD_TYPE_STRING, .rows = 1, .cells = &cells[i], .valid = &valid[i]};
        pointers[i] = &columns[i];
    }
    held = run_condition_holds(&run, condition);
    arena = run.arena;
    return held;
}

static void test_meaning(void **state)
{
    static const char *const yes[] = {"country == 'IN'",
                                      "country != 'US'",
                                      "age > 30",
                                      "age >= 31 and age <= 31",
                                      "age < 31.5",
                                      "price == 0.1",
                                      "country in ('US', 'IN')",
                                      "age in (1, 31)",
                                      "age not in (1, 2)",
                                      "has country",
                                      "not has nothing",
                                      "not nothing == 'x'",
                                      "tenant == 'shop'",
                                      "form == 'pairwise'",
                                      "rows == 20",
                                      "rows >= 20 and slates == 0",
                                      "header:x-group == 'beta'",
                                      "not has header:x-other",
                                      "`user:seg-ment` == 'a b'",
                                      "user:seg-ment == 'a b'",
                                      "`in` == 'x'",
                                      "country == 'US' or country == 'IN' and age > 30",
                                      "not (country == 'US' or age < 30)",
                                      "rows not in (1, 2)",
                                      "age == 3.1e1",
                                      "age > -1"};
    static const char *const no[] = {"country == 'US'",
                                     "country != 'IN'",
                                     "age > 31",
                                     "age < 31",
                                     "country in ('US')",
                                     "has nothing",
                                     "nothing != 'x'",
                                     "nothing == 0",
                                     "nothing not in ('x')",
                                     "country > 1",
                                     "country == 1",
                                     "country != 1",
                                     "rows > 20",
                                     "header:x-other != 'beta'",
                                     "country == 'IN' and age > 31",
                                     "(country == 'US' or country == 'IN') and age > 31",
                                     "not country == 'IN'",
                                     "tenant == ''",
                                     "country == 'in'"};

    (void)state;
    for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
        if (!holds(yes[i]))
            fail_msg("doesn't hold: %s", yes[i]);
    for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
        if (holds(no[i]))
            fail_msg("holds: %s", no[i]);
}

static void refused(const char *text, const char *why)
{
    if (plan_condition_read(&arena, text, find, NULL, error, sizeof(error)))
        fail_msg("is taken: %s", text);
    if (!strstr(error, why))
        fail_msg("%s: \"%s\" isn't in: %s", text, why, error);
}

static void test_refused(void **state)
{
    char deep[600] = "";

    (void)state;
    refused("", "at character 1, \"\": a name is expected");
    refused("country", "at character 8, \"\": ==, !=");
    refused("country = 'IN'", "at character 9, \"= 'IN'\"");
    refused("country == IN", "a number or a 'text' is expected");
    refused("country == 'IN", "a number or a 'text' is expected");
    refused("country == 'IN' age > 1", "\"and\", \"or\" or the end is expected");
    refused("country < 'IN'", "texts are equal or not");
    refused("rows == 'many'", "is a number of rows");
    refused("age in 1", "\"(\" is expected");
    refused("age in ()", "a number or a 'text' is expected");
    refused("age in (1 2)", "\",\" or \")\" is expected");
    refused("(age > 1", "\")\" is expected");
    refused("age > 1x", "a number or a 'text' is expected");
    refused("age > 1 and", "a name is expected");
    refused("has", "a name is expected");
    refused("#", "a name is expected");
    refused("unknown == 1", "");
    assert_string_equal(error, ""); // the caller has said it
    for (int i = 0; i < 40; i++)
        strcat(deep, "(");
    refused(deep, "too deep");
}

static void test_too_long(void **state)
{
    char *text = calloc(1, 20000);

    (void)state;
    assert_non_null(text);
    strcpy(text, "age > 1");
    for (int i = 0; i < 1000; i++)
        strcat(text, " and age > 1");
    refused(text, "is too long");
    free(text);
}

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, 4096, 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_meaning, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_too_long, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
