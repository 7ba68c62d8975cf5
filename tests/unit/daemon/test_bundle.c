// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Bundles come out of their bytes as they went in, and bytes that are none are refused.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "daemon/bundle.h"

static struct bundle_entry entries[] = {
    {.model = "good", .text = {(const uint8_t *)"{\"a\": 1}", 8}, .generation = 7},
    {.model = "gone", .removed = true},
    {.model = "bad", .reason = "it is bad", .bad_graph = true},
    {.model = "", .text = {(const uint8_t *)"", 0}},
};
static struct bundle_module modules[] = {
    {.path = "/m/a.so", .identity = "1:2", .name = "a", .version = "1.0"},
    {.path = "/m/b.so", .identity = "3:4", .reason = "opening it crashed", .fatal = true},
};
static const struct bundle bundle = {.number = 12,
                                     .revision = INT64_MAX,
                                     .time_us = 1700000000000000,
                                     .whole = true,
                                     .from_disk = true,
                                     .judged = true,
                                     .entries = entries,
                                     .count = 4,
                                     .modules = modules,
                                     .module_count = 2};

static void assert_same(const char *a, const char *b)
{
    if (b)
        assert_string_equal(a, b);
    else
        assert_null(a);
}

static void everything_comes_back(void **state)
{
    struct arena arena;
    struct bundle back;
    size_t len;
    uint8_t *bytes = bundle_encode(&bundle, &len);

    (void)state;
    arena_init(&arena, 1024, 0);
    assert_true(bundle_decode(&back, bytes, len, &arena));
    assert_int_equal(back.number, bundle.number);
    assert_true(back.revision == bundle.revision && back.time_us == bundle.time_us);
    assert_true(back.whole && back.from_disk && back.judged);
    assert_int_equal(back.count, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_same(back.entries[i].model, entries[i].model);
        assert_same(back.entries[i].reason, entries[i].reason);
        assert_int_equal(back.entries[i].text.len, entries[i].text.len);
        assert_true(!back.entries[i].text.data == !entries[i].text.data);
        assert_memory_equal(back.entries[i].text.data ? back.entries[i].text.data : (const uint8_t *)"",
                            entries[i].text.data ? entries[i].text.data : (const uint8_t *)"", entries[i].text.len);
        assert_true(back.entries[i].removed == entries[i].removed);
        assert_true(back.entries[i].bad_graph == entries[i].bad_graph);
        assert_int_equal(back.entries[i].generation, entries[i].generation);
    }
    assert_int_equal(back.module_count, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_same(back.modules[i].path, modules[i].path);
        assert_same(back.modules[i].identity, modules[i].identity);
        assert_same(back.modules[i].name, modules[i].name);
        assert_same(back.modules[i].version, modules[i].version);
        assert_same(back.modules[i].reason, modules[i].reason);
        assert_true(back.modules[i].fatal == modules[i].fatal);
    }
    arena_free(&arena);
    free(bytes);
}

// Every beginning of the bytes either is a bundle with less in it, or is refused; none is read beyond its end.
static void cut_bytes_are_harmless(void **state)
{
    struct arena arena;
    struct bundle back;
    size_t len, refused = 0;
    uint8_t *bytes = bundle_encode(&bundle, &len);

    (void)state;
    for (size_t cut = 0; cut < len; cut++) {
        uint8_t *part = malloc(cut + 1);

        memcpy(part, bytes, cut);
        arena_init(&arena, 1024, 0);
        if (bundle_decode(&back, part, cut, &arena))
            assert_in_range(back.count, 0, 4);
        else
            refused++;
        arena_free(&arena);
        free(part);
    }
    assert_true(refused > len / 2);
    free(bytes);
}

static void an_empty_bundle_is_one(void **state)
{
    struct bundle empty = {.number = 0}, back;
    struct arena arena;
    size_t len;
    uint8_t *bytes = bundle_encode(&empty, &len);

    (void)state;
    arena_init(&arena, 1024, 0);
    assert_true(bundle_decode(&back, bytes, len, &arena));
    assert_int_equal(back.count, 0);
    assert_false(back.whole);
    arena_free(&arena);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_comes_back),
        cmocka_unit_test(cut_bytes_are_harmless),
        cmocka_unit_test(an_empty_bundle_is_one),
    };

    return cmocka_run_group_tests_name("bundle", tests, NULL, NULL);
}
