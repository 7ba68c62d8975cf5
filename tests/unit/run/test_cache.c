// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The cache: finds what was put, forgets by time and by budget, and keeps what is asked for again better than LRU
// would.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <math.h>
#include <string.h>
#include <cmocka.h>

#include "run/cache.h"

static int scope_a, scope_b;

static struct inferd_bytes key_of(char text[32], unsigned n)
{
    snprintf(text, 32, "key%u", n);
    return inferd_bytes_of(text);
}

static bool get(struct run_cache *cache, const void *scope, unsigned n, int64_t now)
{
    struct inferd_bytes value;
    char text[32];

    return run_cache_get(cache, scope, key_of(text, n), now, &value);
}

static void put(struct run_cache *cache, const void *scope, unsigned n, size_t size, int64_t now, int64_t expires)
{
    static const uint8_t value[8192];
    char text[32];

    run_cache_put(cache, scope, key_of(text, n), (struct inferd_bytes){value, size}, now, expires);
}

static void test_scopes_and_values(void **state)
{
    struct run_cache *cache = run_cache_new(1 << 20);
    struct inferd_bytes value, key = inferd_bytes_of("k");

    (void)state;
    run_cache_put(cache, &scope_a, key, inferd_bytes_of("one"), 0, 10);
    run_cache_put(cache, &scope_b, key, inferd_bytes_of("two"), 0, 10);
    assert_true(run_cache_get(cache, &scope_a, key, 1, &value));
    assert_true(inferd_bytes_equal(value, inferd_bytes_of("one")));
    run_cache_put(cache, &scope_a, key, inferd_bytes_of("three"), 1, 10);
    assert_true(run_cache_get(cache, &scope_a, key, 2, &value));
    assert_true(inferd_bytes_equal(value, inferd_bytes_of("three")));
    assert_true(run_cache_get(cache, &scope_b, key, 2, &value));
    assert_true(inferd_bytes_equal(value, inferd_bytes_of("two")));
    assert_int_equal(run_cache_read(cache)->entries, 2);
    run_cache_free(cache);
}

static void test_expiry(void **state)
{
    struct run_cache *cache = run_cache_new(1 << 20);

    (void)state;
    put(cache, NULL, 1, 8, 0, 100);
    assert_true(get(cache, NULL, 1, 99));
    assert_false(get(cache, NULL, 1, 100));
    put(cache, NULL, 1, 8, 100, 200);
    assert_true(get(cache, NULL, 1, 150));
    put(cache, NULL, 2, 8, 100, 100); // expired before it is there
    assert_false(get(cache, NULL, 2, 100));
    assert_int_equal(run_cache_read(cache)->expired, 1);
    run_cache_free(cache);
}

static void test_budget(void **state)
{
    struct run_cache *cache = run_cache_new(100000);

    (void)state;
    for (unsigned i = 0; i < 20000; i++) {
        put(cache, NULL, i, i % 997, 0, 1000);
        get(cache, NULL, i / 3, 1);
        assert_true(run_cache_read(cache)->bytes <= 100000);
    }
    put(cache, NULL, 1000000, 8192, 0, 1000);
    assert_true(get(cache, NULL, 1000000, 1));
    put(cache, NULL, 1000001, 8192, 0, 1000);
    assert_true(run_cache_read(cache)->bytes <= 100000);
    assert_true(run_cache_read(cache)->evicted > 1000);
    run_cache_free(cache);
}

static void test_too_large(void **state)
{
    struct run_cache *cache = run_cache_new(10000);

    (void)state;
    put(cache, NULL, 1, 4000, 0, 1000);
    assert_false(get(cache, NULL, 1, 1));
    assert_int_equal(run_cache_read(cache)->rejected, 1);
    run_cache_free(cache);
}

// Least recently used, as a yardstick: an array of the last use of each key.
#define KEYS 20000
#define ROOM 1000

static unsigned zipf(double exponent, uint64_t *seed)
{
    static double sums[KEYS];
    unsigned low = 0, high = KEYS - 1;
    double drawn;

    if (sums[KEYS - 1] == 0)
        for (unsigned i = 0; i < KEYS; i++)
            sums[i] = (i ? sums[i - 1] : 0) + 1 / pow(i + 1, exponent);
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    drawn = (double)(*seed >> 11) / 9007199254740992.0 * sums[KEYS - 1];
    while (low < high) {
        unsigned middle = (low + high) / 2;

        if (sums[middle] < drawn)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static unsigned lru_misses(const unsigned *asked, unsigned count)
{
    unsigned *last = calloc(KEYS, sizeof(*last)), held = 0, misses = 0, *queue = malloc(count * sizeof(*queue)),
             oldest = 0;

    for (unsigned t = 1; t <= count; t++) {
        unsigned key = asked[t - 1];

        misses += last[key] == 0;
        held += last[key] == 0;
        last[key] = t;
        queue[t - 1] = key;
        while (held > ROOM) {
            if (last[queue[oldest]] == oldest + 1) {
                last[queue[oldest]] = 0;
                held--;
            }
            oldest++;
        }
    }
    free(last);
    free(queue);
    return misses;
}

static void test_beats_lru_on_zipf(void **state)
{
    enum { COUNT = 200000, SIZE = 64 };
    unsigned *asked = malloc(COUNT * sizeof(*asked)), lru;
    uint64_t seed = 42;
    struct run_cache *cache;
    size_t entry;

    (void)state;
    cache = run_cache_new(1 << 20);
    put(cache, NULL, 12345, SIZE, 0, 1000);
    entry = run_cache_read(cache)->bytes;
    run_cache_free(cache);
    cache = run_cache_new(entry * ROOM);
    for (unsigned i = 0; i < COUNT; i++) {
        asked[i] = zipf(1.0, &seed);
        if (!get(cache, NULL, asked[i], 1))
            put(cache, NULL, asked[i], SIZE, 1, 1000);
    }
    lru = lru_misses(asked, COUNT);
    print_message("misses in %u: S3-FIFO %lu, LRU %u\n", COUNT, (unsigned long)run_cache_read(cache)->misses, lru);
    assert_true(run_cache_read(cache)->misses < lru);
    run_cache_free(cache);
    free(asked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scopes_and_values),
        cmocka_unit_test(test_expiry),
        cmocka_unit_test(test_budget),
        cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_beats_lru_on_zipf),
    };

    return cmocka_run_group_tests_name("run/cache", tests, NULL, NULL);
}
