// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The arena: alignment, limit, blocks of its own for large pieces, and what a reset keeps.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "base/arena.h"
#include "base/asan.h"

#if BASE_ASAN
// Its malloc ends the process on huge sizes unless it is told to be a malloc.
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}
#endif

static void pieces_are_aligned_and_apart(void **state)
{
    struct arena arena;
    uint8_t *pieces[500];

    (void)state;
    arena_init(&arena, 1024, 0);
    for (size_t i = 0; i < 500; i++) {
        pieces[i] = arena_alloc(&arena, i);
        assert_non_null(pieces[i]);
        assert_int_equal((uintptr_t)pieces[i] % 16, 0);
        memset(pieces[i], (int)(i & 0xff), i);
    }
    for (size_t i = 0; i < 500; i++) {
        for (size_t k = 0; k < i; k++)
            assert_int_equal(pieces[i][k], i & 0xff);
    }
    arena_free(&arena);
}

static void a_large_piece_leaves_the_block_in_use(void **state)
{
    struct arena arena;
    uint8_t *before, *large, *after;

    (void)state;
    arena_init(&arena, 1024, 0);
    before = arena_alloc(&arena, 16);
    large = arena_alloc(&arena, 100000);
    after = arena_alloc(&arena, 16);
    assert_non_null(large);
    memset(large, 1, 100000);
#if !BASE_ASAN
    assert_ptr_equal(after, before + 16);
#endif
    memset(before, 2, 16);
    memset(after, 3, 16);
    arena_free(&arena);
}

static void the_limit_holds_and_leaves_the_arena_usable(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena, 256, 1024);
    assert_non_null(arena_alloc(&arena, 1000));
    assert_false(arena.exhausted);
    assert_null(arena_alloc(&arena, 32));
    assert_true(arena.exhausted);
    assert_null(arena_alloc(&arena, SIZE_MAX));
    assert_null(arena_alloc(&arena, SIZE_MAX - 8));
    assert_null(arena_strndup(&arena, "", SIZE_MAX));
    assert_non_null(arena_alloc(&arena, 16));
    assert_null(arena_alloc(&arena, 1));
    assert_int_equal(arena.used, 1024);
    arena_reset(&arena);
    assert_int_equal(arena.used, 0);
    assert_false(arena.exhausted);
    assert_non_null(arena_alloc(&arena, 1024));
    arena_free(&arena);
}

static void without_a_limit_what_malloc_refuses_is_null(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena, 256, 0);
    assert_null(arena_alloc(&arena, SIZE_MAX));
    assert_null(arena_alloc(&arena, SIZE_MAX - 15));
    assert_null(arena_alloc(&arena, SIZE_MAX - 16));
    assert_int_equal(arena.used, 0);
    arena_free(&arena);
}

static void a_reset_keeps_one_usual_block(void **state)
{
    struct arena arena;
    void *first;

    (void)state;
    arena_init(&arena, 1024, 0);
    for (int i = 0; i < 100; i++)
        assert_non_null(arena_alloc(&arena, 200));
    arena_alloc(&arena, 5000);
    arena_reset(&arena);
    first = arena_alloc(&arena, 8);
    for (int round = 0; round < 10; round++) {
        arena_reset(&arena);
#if !BASE_ASAN
        assert_ptr_equal(arena_alloc(&arena, 8), first);
#endif
    }
    assert_non_null(first);
    arena_free(&arena);
}

static void copies_and_texts(void **state)
{
    struct arena arena;
    char long_text[3000];

    (void)state;
    arena_init(&arena, 256, 0);
    memset(long_text, 'x', sizeof(long_text) - 1);
    long_text[sizeof(long_text) - 1] = '\0';
    assert_memory_equal(arena_copy(&arena, "a\0b", 3), "a\0b", 3);
    assert_non_null(arena_copy(&arena, NULL, 0));
    assert_string_equal(arena_strndup(&arena, "abcdef", 3), "abc");
    assert_string_equal(arena_strndup(&arena, NULL, 0), "");
    assert_string_equal(arena_printf(&arena, "%s-%d", "x", 7), "x-7");
    assert_string_equal(arena_printf(&arena, "%s", long_text), long_text);
    for (int i = 0; i < 50; i++) {
        const uint8_t *zero = arena_zalloc(&arena, 40);

        for (int k = 0; k < 40; k++)
            assert_int_equal(zero[k], 0);
    }
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_aligned_and_apart),
        cmocka_unit_test(a_large_piece_leaves_the_block_in_use),
        cmocka_unit_test(the_limit_holds_and_leaves_the_arena_usable),
        cmocka_unit_test(without_a_limit_what_malloc_refuses_is_null),
        cmocka_unit_test(a_reset_keeps_one_usual_block),
        cmocka_unit_test(copies_and_texts),
    };

    return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
