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
    struct inferd_bytes value, key;
    char text[32];

    key = key_of(text, n);
    return run_cache_get(cache, scope, &key, 1, now, &value) == 1;
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
    assert_int_equal(run_cache_get(cache, &scope_a, &key, 1, 1, &value), 1);
    assert_true(inferd_bytes_equal(value, inferd_bytes_of("one")));
    run_cache_put(cache, &scope_a, key, inferd_bytes_of("three"), 1, 10);
    assert_int_equal(run_cache_get(cache, &scope_a, &key, 1, 2, &value), 1);
    assert_true(inferd_bytes_equal(value, inferd_bytes_of("three")));
    assert_int_equal(run_cache_get(cache, &scope_b, &key, 1, 2, &value), 1);
    assert_true(inferd_bytes_equal(value, inferd_bytes_of("two")));
    assert_int_equal(run_cache_read(cache)->entries, 2);
    run_cache_free(cache);
}

// More keys than are looked up side by side, every third of which is there, every sixth no more.
static void test_many_at_once(void **state)
{
    enum { MANY = 100 };
    struct run_cache *cache = run_cache_new(1 << 20);
    struct inferd_bytes keys[MANY], values[MANY];
    char texts[MANY][32];

    (void)state;
    for (unsigned i = 0; i < MANY; i++) {
        keys[i] = key_of(texts[i], i);
        if (i % 3 == 0)
            run_cache_put(cache, &scope_a, keys[i], keys[i], 0, i % 6 ? 10 : 5);
    }
    assert_int_equal(run_cache_get(cache, &scope_a, keys, MANY, 7, values), 17);
    for (unsigned i = 0; i < MANY; i++) {
        if (i % 6 == 3)
            assert_true(inferd_bytes_equal(values[i], keys[i]));
        else
            assert_null(values[i].data);
    }
    assert_int_equal(run_cache_get(cache, &scope_b, keys, MANY, 7, values), 0);
    assert_int_equal(run_cache_get(cache, &scope_a, keys, 0, 7, values), 0);
    assert_int_equal(run_cache_read(cache)->hits, 17);
    assert_int_equal(run_cache_read(cache)->misses, 2 * MANY - 17);
    assert_int_equal(run_cache_read(cache)->expired, 17);
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
enum { KEYS = 20000, COUNT = 200000, SIZE = 64 };

struct trace {
    double exponent; // of the Zipf distribution
    unsigned scan;   // of a hundred keys, how many are asked for once and never again
    unsigned asked[COUNT];
};

static unsigned next_random(uint64_t *seed, unsigned below)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)((*seed >> 33) % below);
}

static void make_sums(double *sums, double exponent)
{
    for (unsigned i = 0; i < KEYS; i++)
        sums[i] = (i ? sums[i - 1] : 0) + 1 / pow(i + 1, exponent);
}

static unsigned zipf(const double *sums, uint64_t *seed)
{
    unsigned low = 0, high = KEYS - 1;
    double drawn;

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

static void make_trace(struct trace *trace)
{
    static double sums[KEYS];
    unsigned fresh = KEYS;
    uint64_t seed = 42;

    make_sums(sums, trace->exponent);
    for (unsigned i = 0; i < COUNT; i++)
        trace->asked[i] = next_random(&seed, 100) < trace->scan ? fresh++ : zipf(sums, &seed);
}

static unsigned lru_misses(const struct trace *trace, unsigned room)
{
    static unsigned last[KEYS + COUNT];
    unsigned held = 0, misses = 0, oldest = 0;

    memset(last, 0, sizeof(last));
    for (unsigned t = 1; t <= COUNT; t++) {
        unsigned key = trace->asked[t - 1];

        misses += last[key] == 0;
        held += last[key] == 0;
        last[key] = t;
        for (; held > room; oldest++)
            if (last[trace->asked[oldest]] == oldest + 1) {
                last[trace->asked[oldest]] = 0;
                held--;
            }
    }
    return misses;
}

static unsigned our_misses(const struct trace *trace, unsigned room)
{
    struct run_cache *cache = run_cache_new(1 << 20);
    unsigned misses;
    size_t entry;

    put(cache, NULL, 123456, SIZE, 0, 1000); // with a key of the longest text
    entry = run_cache_read(cache)->bytes;
    run_cache_free(cache);
    cache = run_cache_new(entry * room);
    for (unsigned i = 0; i < COUNT; i++)
        if (!get(cache, NULL, trace->asked[i], 1))
            put(cache, NULL, trace->asked[i], SIZE, 1, 1000);
    misses = (unsigned)run_cache_read(cache)->misses;
    run_cache_free(cache);
    return misses;
}

static void test_beats_lru_on_zipf(void **state)
{
    static const double exponents[] = {0.7, 0.9, 1.0, 1.2};
    static const unsigned rooms[] = {200, 1000, 4000}, scans[] = {0, 20};
    static struct trace trace;

    (void)state;
    print_message("misses in %u look-ups of %u keys\n exponent  scan  room   S3-FIFO      LRU\n", COUNT, KEYS);
    for (size_t e = 0; e < 4; e++)
        for (size_t s = 0; s < 2; s++) {
            trace.exponent = exponents[e];
            trace.scan = scans[s];
            make_trace(&trace);
            for (size_t r = 0; r < 3; r++) {
                unsigned ours = our_misses(&trace, rooms[r]), lru = lru_misses(&trace, rooms[r]);

                print_message("%9.1f  %3u%%  %4u  %8u %8u\n", trace.exponent, trace.scan, rooms[r], ours, lru);
                assert_true(ours < lru);
            }
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scopes_and_values),
        cmocka_unit_test(test_many_at_once),
        cmocka_unit_test(test_expiry),
        cmocka_unit_test(test_budget),
        cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_beats_lru_on_zipf),
    };

    return cmocka_run_group_tests_name("run/cache", tests, NULL, NULL);
}
