// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The checks of names and tables: each mistake a module's author can make, and the words it is answered with.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "module/check.h"

struct fields {
    bool flag;
    int64_t count;
    struct inferd_list list;
};

#define COUNT .type = INFERD_OPTION_INT, .offset = offsetof(struct fields, count)
#define LIST .offset = offsetof(struct fields, list)

static const struct inferd_option inner[] = {{.name = "x", .type = INFERD_OPTION_INT}, {0}};
static const struct inferd_option broken[] = {{.name = "x", .type = INFERD_OPTION_INT, .offset = 8}, {0}};
static const struct inferd_option pair[] = {
    {.name = "x", .type = INFERD_OPTION_STRING}, {.name = "y", .type = INFERD_OPTION_INT, .offset = 8}, {0}};

// Checks a table of one or two entries.
static bool check(struct inferd_option first, struct inferd_option second, char *error, size_t size)
{
    const struct inferd_option table[] = {first, second, {0}};
    const struct inferd_options options = {table, sizeof(struct fields)};

    return module_check_options(&options, "kind \"k\"", error, size);
}

static void mistakes_in_options_are_named(void **state)
{
    static const struct {
        struct inferd_option first, second;
        const char *words; // NULL: fine
    } cases[] = {
        {{.name = "a", COUNT}, {.name = "b", COUNT}, NULL},
        {{.name = "a", COUNT}, {.name = "a", .type = INFERD_OPTION_INTS, LIST}, NULL}, // forms of one option
        {{.name = "a", COUNT}, {.name = "a", COUNT}, "option \"a\": its name or alias is also one of \"a\""},
        {{.name = "a", .alias = "c", COUNT},
         {.name = "c", COUNT},
         "option \"c\": its name or alias is also one of \"a\""},
        {{.name = "a", COUNT}, {.name = "c", .alias = "a", COUNT}, "option \"c\": its name or alias"},
        {{.name = "a", .alias = "c", COUNT}, {.name = "d", .alias = "c", COUNT}, "option \"d\": its name or alias"},
        // One name may take several shapes of JSON.
        {{.name = "a", COUNT}, {.name = "a", .type = INFERD_OPTION_STRINGS, LIST}, NULL},
        {{.name = "", COUNT}, {0}, "\"\" is no name of an option"},
        {{.name = "1a", COUNT}, {0}, "\"1a\" is no name of an option"},
        {{.name = "a b", COUNT}, {0}, "\"a b\" is no name of an option"},
        {{.name = "a", .alias = "b\"", COUNT}, {0}, "is no name of an option"},
        {{.name = "a", .type = 0}, {0}, "type 0 is none that ABI 1.0 knows"},
        {{.name = "a", .type = 13}, {0}, "type 13 is none"},
        {{.name = "a", .flags = 16, COUNT}, {0}, "flags 0x10 hold bits that ABI 1.0 doesn't know"},
        {{.name = "a", .flags = 1, .fallback = "1", COUNT}, {0}, "it is required and has a fallback"},
        {{.name = "a", .flags = 4, .type = 1, .offset = 999}, {0}, NULL}, // unused: nothing is written
        {{.name = "a", .type = INFERD_OPTION_INT, .offset = SIZE_MAX}, {0}, "is not within the struct of 32 bytes"},
        {{.name = "a", .type = INFERD_OPTION_INT, .offset = 28}, {0}, "is not within the struct of 32 bytes"},
        {{.name = "a", .type = INFERD_OPTION_BOOL, .offset = 31}, {0}, NULL},
        {{.name = "a", .type = INFERD_OPTION_INT, .offset = 4}, {0}, "offset 4 can't be that of a field of its type"},
        {{.name = "a", .min = 2, .max = 1, COUNT}, {0}, "range 2 to 1 is none"},
        {{.name = "a", .max = NAN, COUNT}, {0}, "is none"},
        {{.name = "a", .max = INFINITY, COUNT}, {0}, NULL},
        {{.name = "a", .fallback = "5", .min = 1, .max = 9, COUNT}, {0}, NULL},
        {{.name = "a", .fallback = "10", .min = 1, .max = 9, COUNT}, {0}, "fallback 10 is out of its range 1 to 9"},
        {{.name = "a", .fallback = "1.5", COUNT}, {0}, "fallback 1.5 must be an integer"},
        {{.name = "a", .fallback = "", COUNT}, {0}, "must be an integer"},
        {{.name = "a", .fallback = "1 2", COUNT}, {0}, "must be an integer"},
        {{.name = "a", .type = INFERD_OPTION_BOOL, .fallback = "1"}, {0}, "must be true or false"},
        {{.name = "a", .type = INFERD_OPTION_REAL, .offset = 8, .fallback = "2"}, {0}, NULL},
        {{.name = "a", .type = INFERD_OPTION_STRING, .offset = 8, .fallback = "word"},
         {0},
         "must be a string in quotes"},
        {{.name = "a", .type = INFERD_OPTION_TYPE, LIST, .fallback = "\"FP32\""}, {0}, NULL},
        {{.name = "a", .type = INFERD_OPTION_INTS, LIST, .fallback = "[1, \"2\"]"},
         {0},
         "must be an array of integers"},
        {{.name = "a", .type = INFERD_OPTION_STRINGS, LIST, .fallback = "[1]"}, {0}, "must be an array of strings"},
        {{.name = "a", .type = INFERD_OPTION_INT_LISTS, LIST, .fallback = "[[1], 2]"}, {0}, "array of arrays"},
        {{.name = "a", .type = INFERD_OPTION_MAP, LIST, .fallback = "[]"}, {0}, "must be an object"},
        {{.name = "a", .type = INFERD_OPTION_LIST, LIST, .nested = inner, .nested_size = 8}, {0}, NULL},
        {{.name = "a", .type = INFERD_OPTION_LIST, LIST, .nested = inner}, {0}, "a LIST or MEMBERS needs nested_size"},
        {{.name = "a", .type = INFERD_OPTION_LIST, LIST, .nested_size = 8}, {0}, "needs its nested table"},
        {{.name = "a", .type = INFERD_OPTION_INTS, LIST, .nested = inner},
         {0},
         "only OBJECT, LIST and MEMBERS nest a table"},
        {{.name = "a", .type = INFERD_OPTION_MEMBERS, LIST, .nested = pair, .nested_size = 16}, {0}, NULL},
        {{.name = "a", .type = INFERD_OPTION_MEMBERS, LIST, .nested = inner, .nested_size = 8},
         {0},
         "begins with a STRING"},
        {{.name = "a", .type = INFERD_OPTION_MEMBERS, LIST, .nested = pair}, {0}, "needs nested_size"},
        {{.name = "a", .shape = "guide", COUNT}, {0}, NULL},
        {{.name = "a", .shape = "my shape", COUNT}, {0}, "\"my shape\" is no name of a shape"},
        {{.name = "a", .type = INFERD_OPTION_LIST, LIST, .nested = broken, .nested_size = 8},
         {0},
         "kind \"k\", option \"a\", option \"x\": its field (offset 8, 8 bytes) is not within the struct of 8 bytes"},
        {{.name = "a", .type = INFERD_OPTION_OBJECT, .offset = 24, .nested = inner}, {0}, NULL},
        {{.name = "a", .type = INFERD_OPTION_OBJECT, .offset = 24, .nested = broken}, {0}, "struct of 8 bytes"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char error[512] = "";
        bool fine = check(cases[i].first, cases[i].second, error, sizeof error);

        if (fine != (cases[i].words == NULL) || (!fine && strstr(error, cases[i].words) == NULL))
            fail_msg("case %zu: %s, \"%s\"", i, fine ? "taken" : "refused", error);
    }
}

static void mistakes_in_settings_are_named(void **state)
{
#define PORT .type = INFERD_OPTION_INT, .offset = offsetof(struct fields, count)
    static const struct {
        struct inferd_setting first, second;
        const char *words;
    } cases[] = {
        {{.option = "a", PORT}, {.option = "b", PORT}, NULL},
        {{.option = "a", PORT}, {.option = "a", PORT}, "setting \"a\": it is in the table twice"},
        {{.option = "A", PORT}, {0}, "setting \"A\": its option's name must be lower-case"},
        {{.option = "a_b", PORT}, {0}, "its option's name must be lower-case"},
        {{.option = "a", .environment = "A-B", PORT}, {0}, "\"A-B\" is no name of an environment variable"},
        {{.option = "a", .environment = "A_B", .also = "a.b", PORT}, {0}, "\"a.b\" is no name"},
        {{.option = "a", .type = INFERD_OPTION_LIST}, {0}, "type 10 is none of BOOL, INT, REAL and STRING"},
        {{.option = "a", .flags = 16, PORT}, {0}, "flags 0x10 hold bits"},
        {{.option = "a", .type = INFERD_OPTION_INT, .offset = 32}, {0}, "is not within the struct of 32 bytes"},
        {{.option = "a", .type = INFERD_OPTION_INT, .offset = 1}, {0}, "offset 1 can't be that"},
        {{.option = "a", .flags = INFERD_OPTION_UNUSED, .type = INFERD_OPTION_INT, .offset = 32}, {0}, NULL},
        {{.option = "a", .min = 1, .fallback = "0", .max = 9, PORT}, {0}, "fallback \"0\" is out of its range 1 to 9"},
        {{.option = "a", .fallback = "5s", .unit = "ms", PORT}, {0}, NULL},
        {{.option = "a", .fallback = "5s", PORT}, {0}, "fallback \"5s\" must be a number"},
        {{.option = "a", .fallback = "5 seconds", .unit = "ms", PORT}, {0}, "must be a number and its unit"},
        {{.option = "a", .fallback = "1.5", PORT}, {0}, "must be a number"},
        {{.option = "a", .fallback = "99999999999999999999", PORT}, {0}, "must be a number"},
        {{.option = "a", .type = INFERD_OPTION_REAL, .offset = 8, .fallback = "1.5"}, {0}, NULL},
        {{.option = "a", .type = INFERD_OPTION_BOOL, .fallback = "Yes"}, {0}, NULL},
        {{.option = "a", .type = INFERD_OPTION_BOOL, .fallback = "2"}, {0}, "must be true or false"},
        {{.option = "a", .type = INFERD_OPTION_STRING, .offset = 8, .fallback = "anything \" goes"}, {0}, NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct inferd_setting table[] = {cases[i].first, cases[i].second, {0}};
        const struct inferd_settings settings = {table, sizeof(struct fields)};
        char error[512] = "";
        bool fine = module_check_settings(&settings, error, sizeof error);

        if (fine != (cases[i].words == NULL) || (!fine && strstr(error, cases[i].words) == NULL))
            fail_msg("case %zu: %s, \"%s\"", i, fine ? "taken" : "refused", error);
    }
}

static int nothing_created(const struct inferd_component *info, void **component)
{
    (void)info;
    (void)component;
    return INFERD_OK;
}

static int nothing_bound(void *component, struct inferd_binder *binder)
{
    (void)component;
    (void)binder;
    return INFERD_OK;
}

static int nothing_run(void *component, struct inferd_step *step)
{
    (void)component;
    (void)step;
    return INFERD_OK;
}

static void nothing_destroyed(void *component)
{
    (void)component;
}

static void mistakes_in_names_are_named(void **state)
{
    static char long_name[80];
    struct inferd_kind kind = {.name = "k",
                               .create = nothing_created,
                               .bind = nothing_bound,
                               .run = nothing_run,
                               .destroy = nothing_destroyed};
    struct inferd_module info = {.name = "m", .version = "1", .kinds = &kind, .kind_count = 1};
    char error[512] = "";

    (void)state;
    assert_true(module_check(&info, error, sizeof error));
    memset(long_name, 'k', sizeof long_name - 1);
    for (size_t i = 0; i < 5; i++) {
        static const char *const bad[] = {NULL, "", "Kind", "k-1", long_name};

        kind.name = bad[i];
        assert_false(module_check(&info, error, sizeof error));
        assert_non_null(strstr(error, "must be lower-case letters, digits and '_'"));
    }
    kind.name = "k";
    kind.implicit = "";
    assert_false(module_check(&info, error, sizeof error));
    assert_non_null(strstr(error, "implicit component's name"));
    kind.implicit = NULL;
    kind.flags = 1u << 31;
    assert_false(module_check(&info, error, sizeof error));
    assert_non_null(strstr(error, "flags 0x80000000"));
    kind.flags = 0;
    info.version = "one";
    assert_false(module_check(&info, error, sizeof error));
    assert_non_null(strstr(error, "\"one\" must be dotted numbers"));
    info.version = "1";
    info.name = NULL;
    assert_false(module_check(&info, error, sizeof error));
    assert_non_null(strstr(error, "the module's name \"\" must be"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mistakes_in_options_are_named),
        cmocka_unit_test(mistakes_in_settings_are_named),
        cmocka_unit_test(mistakes_in_names_are_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
