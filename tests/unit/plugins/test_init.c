// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The root component: rows and columns of the four forms of requests, what counts when names meet, what is ignored.
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "testhost.h"

#define CELLS(...)                                                                                                     \
    (struct inferd_bytes[])                                                                                            \
    {                                                                                                                  \
        __VA_ARGS__                                                                                                    \
    }
#define TEXT(text)                                                                                                     \
    {                                                                                                                  \
        (const uint8_t *)(text), sizeof(text) - 1                                                                      \
    }
#define NAME(text)                                                                                                     \
    {                                                                                                                  \
        (const uint8_t *)(text), sizeof(text) - 1                                                                      \
    }
#define INPUTS(list) .inputs = sizeof(list) / sizeof((list)[0]), .input = (list)

struct fixture {
    struct testhost *testhost;
    struct testhost_run *run;
};

static struct fixture start_with(const char *const *wanted)
{
    char error[512] = "";
    struct fixture f = {.testhost =
                            testhost_open(&(struct testhost_options){.modules = BUILD_DIR "/plugins", .kind = "init"},
                                          error, sizeof(error))};

    if (!f.testhost)
        fail_msg("%s", error);
    testhost_ids(f.testhost, "id");
    for (; *wanted; wanted++)
        testhost_wanted(f.testhost, INFERD_TARGETS, *wanted);
    testhost_wanted(f.testhost, INFERD_SLATES, "bias");
    testhost_wanted(f.testhost, INFERD_SLATES, "user");
    f.run = testhost_run(f.testhost);
    return f;
}

static struct fixture start(void)
{
    static const char *const wanted[] = {"a", "b", "user", "user_id", "app_version_code", NULL};

    return start_with(wanted);
}

static void end(struct fixture *f)
{
    testhost_run_free(f->run);
    testhost_close(f->testhost);
}

static bool has(const struct fixture *f, unsigned space, const char *name)
{
    return testhost_get(f->run, space, name)->flags & INFERD_COLUMN_PRESENT;
}

#define assert_text(f, space, name, row, expected)                                                                     \
    assert_string_equal(testhost_text((f)->run, space, name, row), expected)

static int run_request(struct fixture *f, const struct inferd_request *request, const char *const *headers)
{
    testhost_request(f->run, request, headers);
    return testhost_start(f->run);
}

static void targets_become_rows(void **state)
{
    static struct inferd_bytes one[] = {TEXT("\0\0\200?"), TEXT("\0\0\0@"), TEXT("x")};
    const struct inferd_input inputs[] = {
        {NAME("user"), INFERD_INPUT_CONTEXT, INFERD_TYPE_STRING, 1, CELLS(TEXT("u1"))},
        {NAME("a"), INFERD_INPUT_TARGET, INFERD_TYPE_FP32, 3, one},
        {NAME("b"), INFERD_INPUT_TARGET, INFERD_TYPE_UNKNOWN, 3, CELLS(TEXT("1.5"), {NULL, 0}, TEXT("b2"))},
        {NAME("nobody"), INFERD_INPUT_TARGET, INFERD_TYPE_FP32, 3, one},
    };
    const struct inferd_request request = {.size = sizeof(request),
                                           .form = INFERD_POINTWISE,
                                           .targets = 3,
                                           INPUTS(inputs),
                                           .ids = CELLS(TEXT("i0"), TEXT("i1"), TEXT("i2"))};
    struct fixture f = start();

    (void)state;
    assert_int_equal(run_request(&f, &request, NULL), INFERD_OK);
    assert_text(&f, INFERD_TARGETS, "id", 2, "i2");
    assert_text(&f, INFERD_TARGETS, "user", 0, "u1");
    assert_text(&f, INFERD_TARGETS, "user", 2, "u1");
    assert_int_equal(testhost_get(f.run, INFERD_TARGETS, "a")->type, INFERD_TYPE_FP32);
    assert_text(&f, INFERD_TARGETS, "a", 1, "2");
    assert_false(inferd_column_has(testhost_get(f.run, INFERD_TARGETS, "a"), 2)); // one byte is no FP32
    assert_int_equal(testhost_get(f.run, INFERD_TARGETS, "b")->flags, INFERD_COLUMN_PRESENT | INFERD_COLUMN_INLINE);
    assert_false(inferd_column_has(testhost_get(f.run, INFERD_TARGETS, "b"), 1));
    assert_text(&f, INFERD_TARGETS, "b", 2, "b2");
    assert_false(has(&f, INFERD_SLATES, "user"));
    end(&f);
}

static void the_host_says_whether_values_are_texts(void **state)
{
    const struct inferd_input inputs[] = {
        {NAME("a"), INFERD_INPUT_TARGET, INFERD_TYPE_FP32, 1, CELLS(TEXT("1.5"))},
        {NAME("user"), INFERD_INPUT_CONTEXT, INFERD_TYPE_INT32, 1, CELLS(TEXT("7"))},
    };
    const struct inferd_request request = {.size = sizeof(request),
                                           .form = INFERD_POINTWISE,
                                           .targets = 1,
                                           INPUTS(inputs),
                                           .ids = CELLS(TEXT("i")),
                                           .texts = true};
    struct fixture f = start();

    (void)state;
    assert_int_equal(run_request(&f, &request, NULL), INFERD_OK);
    assert_int_equal(testhost_get(f.run, INFERD_TARGETS, "a")->type, INFERD_TYPE_STRING);
    assert_int_equal(testhost_get(f.run, INFERD_TARGETS, "a")->flags, INFERD_COLUMN_PRESENT | INFERD_COLUMN_INLINE);
    assert_text(&f, INFERD_TARGETS, "a", 0, "1.5");
    assert_text(&f, INFERD_TARGETS, "user", 0, "7");
    end(&f);
}

static void the_last_of_a_name_and_the_context_count(void **state)
{
    const struct inferd_input inputs[] = {
        {NAME("b"), INFERD_INPUT_CONTEXT, INFERD_TYPE_STRING, 1, CELLS(TEXT("context"))},
        {NAME("a"), INFERD_INPUT_TARGET, INFERD_TYPE_STRING, 1, CELLS(TEXT("first"))},
        {NAME("a"), INFERD_INPUT_TARGET, INFERD_TYPE_STRING, 1, CELLS(TEXT("last"))},
        {NAME("b"), INFERD_INPUT_TARGET, INFERD_TYPE_STRING, 1, CELLS(TEXT("target"))},
    };
    const struct inferd_request request = {
        .size = sizeof(request), .form = INFERD_POINTWISE, .targets = 1, INPUTS(inputs), .ids = CELLS(TEXT("i"))};
    struct fixture f = start();

    (void)state;
    assert_int_equal(run_request(&f, &request, NULL), INFERD_OK);
    assert_text(&f, INFERD_TARGETS, "a", 0, "last");
    assert_text(&f, INFERD_TARGETS, "b", 0, "context");
    end(&f);
}

static void the_id_column_stays(void **state)
{
    const struct inferd_input inputs[] = {
        {NAME("id"), INFERD_INPUT_CONTEXT, INFERD_TYPE_STRING, 1, CELLS(TEXT("context"))},
        {NAME("id"), INFERD_INPUT_TARGET, INFERD_TYPE_STRING, 1, CELLS(TEXT("target"))},
    };
    const struct inferd_request request = {
        .size = sizeof(request), .form = INFERD_POINTWISE, .targets = 1, INPUTS(inputs), .ids = CELLS(TEXT("i"))};
    struct fixture f = start();

    (void)state;
    assert_int_equal(run_request(&f, &request, NULL), INFERD_OK);
    assert_text(&f, INFERD_TARGETS, "id", 0, "i");
    assert_int_equal(testhost_metric(f.testhost, "inferd.request.ignored.total"), 2);
    assert_non_null(strstr(testhost_log(f.testhost), "\"id\" is ignored"));
    end(&f);
}

static void slates_have_rows_of_their_own(void **state)
{
    const struct inferd_input inputs[] = {
        {NAME("user"), INFERD_INPUT_CONTEXT, INFERD_TYPE_STRING, 1, CELLS(TEXT("u1"))},
        {NAME("bias"), INFERD_INPUT_SLATE, INFERD_TYPE_FP32, 2, CELLS(TEXT("\0\0\200?"), TEXT("\0\0\0@"))},
    };
    const uint32_t offsets[] = {0, 1, 3}, targets[] = {0, 0, 1};
    const struct inferd_request request = {.size = sizeof(request),
                                           .form = INFERD_SLATEWISE,
                                           .targets = 2,
                                           .slates = 2,
                                           INPUTS(inputs),
                                           .ids = CELLS(TEXT("i0"), TEXT("i1")),
                                           .slate_offsets = offsets,
                                           .slate_targets = targets,
                                           .texts = true};
    struct fixture f = start();

    (void)state;
    assert_int_equal(run_request(&f, &request, NULL), INFERD_OK);
    assert_int_equal(testhost_get(f.run, INFERD_SLATES, "bias")->type, INFERD_TYPE_FP32); // typed all the same
    assert_text(&f, INFERD_SLATES, "bias", 1, "2");
    assert_text(&f, INFERD_SLATES, "user", 1, "u1");
    assert_text(&f, INFERD_TARGETS, "user", 1, "u1");
    end(&f);
}

static void entities_become_columns(void **state)
{
    static const char *const headers[] = {"user-id", "u9", "app-version-code", "512", NULL};
    const struct inferd_input inputs[] = {
        {NAME("id"), INFERD_INPUT_ENTITY, INFERD_TYPE_UNKNOWN, 3, CELLS(TEXT("i0"), TEXT("i1"), TEXT("i2"))},
        {NAME("a"), INFERD_INPUT_FEATURE, INFERD_TYPE_UNKNOWN, 3, CELLS(TEXT("a0"), TEXT("a1"), TEXT("a2"))},
        {NAME("b"), INFERD_INPUT_FEATURE, INFERD_TYPE_UNKNOWN, 2, CELLS(TEXT("b0"), TEXT("b1"))},
        {NAME("user_id"), INFERD_INPUT_ENTITY, INFERD_TYPE_UNKNOWN, 1, CELLS(TEXT("u1"))},
        {NAME("a"), INFERD_INPUT_FEATURE, INFERD_TYPE_UNKNOWN, 3, CELLS(TEXT("x"), TEXT("x"), TEXT("x"))},
        {NAME("user"), INFERD_INPUT_ENTITY, INFERD_TYPE_UNKNOWN, 2, CELLS(TEXT("p"), TEXT("q"))},
    };
    const struct inferd_request request = {.size = sizeof(request), .form = INFERD_ENTITIES, INPUTS(inputs)};
    struct fixture f = start();

    (void)state;
    assert_int_equal(run_request(&f, &request, headers), INFERD_OK);
    assert_text(&f, INFERD_TARGETS, "id", 2, "i2");
    assert_text(&f, INFERD_TARGETS, "a", 1, "a1");
    assert_false(has(&f, INFERD_TARGETS, "b"));
    assert_text(&f, INFERD_TARGETS, "user_id", 2, "u1"); // the request has it, so the header doesn't count
    assert_text(&f, INFERD_TARGETS, "app_version_code", 2, "512");
    assert_text(&f, INFERD_TARGETS, "user", 1, "q");
    assert_text(&f, INFERD_TARGETS, "user", 2, "");
    assert_int_equal(testhost_metric(f.testhost, "inferd.request.ignored.total"), 3);
    end(&f);
}

static void repeated_headers_are_ids_of_rows(void **state)
{
#define USER(id) "user-id", id
#define VERSION(id) "app-version-code", id
    static const char *const headers[] = {USER("u0"),   USER("u1"),   VERSION("0"), VERSION("1"),
                                          VERSION("2"), VERSION("3"), NULL};
    const struct inferd_input inputs[] = {
        {NAME("id"), INFERD_INPUT_ENTITY, INFERD_TYPE_UNKNOWN, 3, CELLS(TEXT("i0"), TEXT("i1"), TEXT("i2"))}};
    const struct inferd_request request = {.size = sizeof(request), .form = INFERD_ENTITIES, INPUTS(inputs)};
    struct fixture f = start();

    (void)state;
    assert_int_equal(run_request(&f, &request, headers), INFERD_OK);
    assert_text(&f, INFERD_TARGETS, "user_id", 0, "u0");
    assert_text(&f, INFERD_TARGETS, "user_id", 1, "u1");
    assert_text(&f, INFERD_TARGETS, "user_id", 2, "");
    assert_text(&f, INFERD_TARGETS, "app_version_code", 1, "1");
    assert_text(&f, INFERD_TARGETS, "app_version_code", 2, "2");
    end(&f);
}

static void requests_without_rows(void **state)
{
    const struct inferd_input none[] = {{NAME("id"), INFERD_INPUT_ENTITY, INFERD_TYPE_UNKNOWN, 0, NULL}};
    const struct inferd_request no_ids = {.size = sizeof(no_ids), .form = INFERD_ENTITIES, INPUTS(none)};
    const struct inferd_request no_entities = {.size = sizeof(no_entities), .form = INFERD_ENTITIES};
    struct fixture f = start();

    (void)state;
    assert_int_equal(run_request(&f, &no_ids, NULL), INFERD_OK);
    assert_int_equal(testhost_get(f.run, INFERD_TARGETS, "id")->rows, 0);
    end(&f);
    f = start();
    assert_int_equal(run_request(&f, &no_entities, NULL), INFERD_INVALID_ARGUMENT);
    assert_non_null(strstr(testhost_message(f.run), "no entities"));
    end(&f);
}

static void no_memory_is_a_status(void **state)
{
    const struct inferd_input inputs[] = {
        {NAME("id"), INFERD_INPUT_ENTITY, INFERD_TYPE_UNKNOWN, 2, CELLS(TEXT("i0"), TEXT("i1"))},
    };
    const struct inferd_request request = {.size = sizeof(request), .form = INFERD_ENTITIES, INPUTS(inputs)};
    struct fixture f = start();

    (void)state;
    testhost_limit_memory(f.run, 1);
    assert_int_equal(run_request(&f, &request, NULL), INFERD_RESOURCE_EXHAUSTED);
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(targets_become_rows),
        cmocka_unit_test(the_host_says_whether_values_are_texts),
        cmocka_unit_test(the_last_of_a_name_and_the_context_count),
        cmocka_unit_test(the_id_column_stays),
        cmocka_unit_test(slates_have_rows_of_their_own),
        cmocka_unit_test(entities_become_columns),
        cmocka_unit_test(repeated_headers_are_ids_of_rows),
        cmocka_unit_test(requests_without_rows),
        cmocka_unit_test(no_memory_is_a_status),
    };

    return cmocka_run_group_tests_name("init", tests, NULL, NULL);
}
