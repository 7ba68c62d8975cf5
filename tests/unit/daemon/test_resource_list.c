// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Lists of resources, and their way in a bundle: what is put in comes out.
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "daemon/bundle.h"

static struct resource two[] = {
    {"app/texts", "a", {(const uint8_t *)"alpha", 5}},
    {"app/texts", "b", {NULL, 0}},
};

static struct bundle_entry entries[] = {
    {.model = "plain", .text = {(const uint8_t *)"{}", 2}},
    {.model = "gone", .removed = true},
    {.model = "bad", .reason = "it is bad", .bad_graph = true},
    {.model = "reader", .text = {(const uint8_t *)"{r}", 3}, .resources = {two, 2}},
};

static void come_back_as_they_were(void **state)
{
    const struct bundle bundle = {.number = 7, .revision = 300, .whole = true, .entries = entries, .count = 4};
    struct bundle back;
    struct arena arena;
    size_t len;
    uint8_t *bytes = bundle_encode(&bundle, &len);

    (void)state;
    arena_init(&arena, 4096, 0);
    assert_non_null(bytes);
    assert_true(bundle_decode(&back, bytes, len, &arena));
    assert_int_equal(back.number, 7);
    assert_int_equal(back.revision, 300);
    assert_true(back.whole);
    assert_int_equal(back.count, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(back.entries[i].model, entries[i].model);
        assert_true(inferd_bytes_equal(back.entries[i].text, entries[i].text));
        assert_int_equal(back.entries[i].removed, entries[i].removed);
        assert_int_equal(back.entries[i].bad_graph, entries[i].bad_graph);
        assert_true(resource_list_equal(&back.entries[i].resources, &entries[i].resources));
    }
    assert_string_equal(back.entries[2].reason, "it is bad");
    assert_null(back.entries[3].resources.items[1].text.data);
    arena_free(&arena);
    free(bytes);
}

static void cut_off_they_are_refused(void **state)
{
    const struct bundle bundle = {.number = 1, .entries = entries + 3, .count = 1};
    struct bundle back;
    struct arena arena;
    size_t len, refused = 0;
    uint8_t *bytes = bundle_encode(&bundle, &len);

    (void)state;
    arena_init(&arena, 4096, 0);
    for (size_t cut = 1; cut < len; cut++)
        refused += !bundle_decode(&back, bytes, cut, &arena);
    assert_true(refused >= len - 5); // but at the end of a field
    arena_free(&arena);
    free(bytes);
}

static void lists_are_equal_by_their_texts(void **state)
{
    struct resource other[] = {{"app/texts", "b", {NULL, 0}}, {"app/texts", "a", {(const uint8_t *)"alpha", 5}}};
    struct resource_list a = {two, 2}, b = {other, 2}, copy;

    (void)state;
    assert_true(resource_list_equal(&a, &b));
    other[0].text = (struct inferd_bytes){(const uint8_t *)"", 0};
    assert_false(resource_list_equal(&a, &b)); // an empty text is one
    other[0].text.data = NULL;
    other[1].text.len = 4;
    assert_false(resource_list_equal(&a, &b));
    b.count = 1;
    assert_false(resource_list_equal(&a, &b));
    copy = resource_list_copy(&a, NULL);
    assert_true(resource_list_equal(&a, &copy));
    assert_string_equal((const char *)resource_list_find(&copy, "app/texts", "a")->text.data, "alpha");
    assert_null(resource_list_find(&copy, "app/texts", "c"));
    assert_null(resource_list_find(&copy, "app", "a"));
    free(copy.items);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(come_back_as_they_were),
        cmocka_unit_test(cut_off_they_are_refused),
        cmocka_unit_test(lists_are_equal_by_their_texts),
    };

    return cmocka_run_group_tests_name("resource_list", tests, NULL, NULL);
}
