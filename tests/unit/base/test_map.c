// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The map against a plain list of what should be in it, through growth and removals.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include "base/map.h"

enum { NAMES = 3000 };

static char names[NAMES][24];

static int make_names(void **state)
{
    (void)state;
    for (int i = 0; i < NAMES; i++)
        snprintf(names[i], sizeof(names[i]), "name-%d", i);
    return 0;
}

static void an_empty_map_has_nothing(void **state)
{
    struct map map;
    size_t at = 0;

    (void)state;
    map_init(&map);
    assert_null(map_find(&map, "a", 1));
    assert_null(map_remove(&map, "a", 1));
    assert_null(map_next(&map, &at));
    map_free(&map);
}

static void setting_again_replaces_value_and_key(void **state)
{
    struct map map;
    char one[] = "key", two[] = "key";
    void *old = one;
    size_t at = 0;
    const struct map_slot *slot;

    (void)state;
    map_init(&map);
    assert_true(map_set(&map, one, 3, one, &old));
    assert_null(old);
    assert_true(map_set(&map, two, 3, two, &old));
    assert_ptr_equal(old, one);
    assert_int_equal(map.count, 1);
    slot = map_next(&map, &at);
    assert_ptr_equal(slot->key, two);
    assert_ptr_equal(slot->value, two);
    assert_null(map_next(&map, &at));
    map_free(&map);
}

static void keys_are_bytes_of_any_length(void **state)
{
    struct map map;
    int values[4];

    (void)state;
    map_init(&map);
    assert_true(map_set(&map, "", 0, &values[0], NULL));
    assert_true(map_set(&map, "\0", 1, &values[1], NULL));
    assert_true(map_set(&map, "\0\0", 2, &values[2], NULL));
    assert_true(map_set(&map, "\0\0\0\0\0\0\0\0\0", 9, &values[3], NULL));
    assert_int_equal(map.count, 4);
    assert_ptr_equal(map_find(&map, NULL, 0), &values[0]);
    assert_ptr_equal(map_find(&map, "\0", 1), &values[1]);
    assert_ptr_equal(map_find(&map, "\0\0", 2), &values[2]);
    assert_ptr_equal(map_find(&map, "\0\0\0\0\0\0\0\0\0", 9), &values[3]);
    map_free(&map);
}

static void many_come_and_go(void **state)
{
    struct map map;
    bool there[NAMES] = {false};
    unsigned random = 12345;
    size_t count = 0;

    (void)state;
    map_init(&map);
    for (int step = 0; step < 200000; step++) {
        char *name;
        unsigned i;

        random = random * 1103515245u + 12345u;
        i = (random >> 8) % NAMES;
        name = names[i];
        if (random >> 30 && step < 150000) {
            void *old;

            assert_true(map_set(&map, name, strlen(name), name, &old));
            assert_ptr_equal(old, there[i] ? name : NULL);
            count += !there[i];
            there[i] = true;
        } else {
            assert_ptr_equal(map_remove(&map, name, strlen(name)), there[i] ? name : NULL);
            count -= there[i];
            there[i] = false;
        }
        if (step % 5000 == 0) {
            for (int k = 0; k < NAMES; k++)
                assert_ptr_equal(map_find(&map, names[k], strlen(names[k])), there[k] ? names[k] : NULL);
        }
        assert_int_equal(map.count, count);
    }
    for (size_t at = 0; map_next(&map, &at);)
        count--;
    assert_int_equal(count, 0);
    map_free(&map);
}

static void hashes_differ_and_are_never_zero(void **state)
{
    size_t same_low_bits = 0;

    (void)state;
    for (int i = 0; i < NAMES; i++) {
        uint64_t hash = map_hash(names[i], strlen(names[i]));

        assert_int_not_equal(hash, 0);
        assert_int_equal(hash, map_hash(names[i], strlen(names[i])));
        for (int k = 0; k < i; k++) {
            uint64_t other = map_hash(names[k], strlen(names[k]));

            assert_int_not_equal(hash, other);
            same_low_bits += (hash & 4095) == (other & 4095);
        }
        if (i == 300)
            break;
    }
    // 45,150 pairs at one in 4,096: 11 are expected, and a hundred can't come by chance.
    assert_in_range(same_low_bits, 0, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_map_has_nothing),         cmocka_unit_test(setting_again_replaces_value_and_key),
        cmocka_unit_test(keys_are_bytes_of_any_length),     cmocka_unit_test(many_come_and_go),
        cmocka_unit_test(hashes_differ_and_are_never_zero),
    };

    return cmocka_run_group_tests_name("map", tests, make_names, NULL);
}
