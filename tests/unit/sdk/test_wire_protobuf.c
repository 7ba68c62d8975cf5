// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The wire reader and writer against protobuf-c, by its descriptors: random messages are written by both and read by
// both, and of bytes with errors in them both make the same, or both nothing.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include "every.h"

static unsigned excused; // messages on which protobuf-c's opinion doesn't count

// Reads bytes both ways. Whether they were taken.
static bool compare_reading(struct inferd_bytes bytes)
{
    struct opinion opinion = {0};
    bool taken;
    const char *difference = every_compare(bytes, &opinion, &taken);

    excused += opinion.loose || opinion.groups || opinion.tight;
    if (!difference)
        return taken;
    for (size_t i = 0; i < bytes.len; i++)
        fprintf(stderr, "%02x", bytes.data[i]);
    fputc('\n', stderr);
    fail_msg("%s", difference);
    return false;
}

static void what_one_writes_the_other_reads(void **state)
{
    (void)state;
    random_seed = 88172645463325252u;
    for (int i = 0; i < 5000; i++) {
        ProtobufCMessage *message = every_random(2);
        struct every_packed packed = every_pack(message);
        uint8_t *written = malloc(packed.len + 1);

        assert_non_null(packed.data);
        assert_non_null(written);
        assert_int_equal(every_size(message), packed.len);
        assert_ptr_equal(every_put(written, message), written + packed.len);
        assert_memory_equal(written, packed.data, packed.len);
        assert_true(compare_reading((struct inferd_bytes){packed.data, packed.len}));
        free(written);
        free(packed.data);
        protobuf_c_message_free_unpacked(message, NULL);
    }
}

// One error of those that happen: a byte changed, cut off, put in, a run of continuation bytes.
static size_t spoil(uint8_t *bytes, size_t len)
{
    size_t at = random_below(len + 1), run = 1 + random_below(11);

    switch (random_below(5)) {
    case 0:
        return at;
    case 1:
        memmove(bytes + at + run, bytes + at, len - at);
        memset(bytes + at, 0x80 | (int)random_below(128), run);
        return len + run;
    case 2:
        memmove(bytes + at + 1, bytes + at, len - at);
        bytes[at] = (uint8_t)random_below(256);
        return len + 1;
    case 3:
        if (at < len)
            bytes[at] ^= (uint8_t)(1u << random_below(8));
        return len;
    default:
        if (at < len)
            bytes[at] = (uint8_t)random_below(256);
        return len;
    }
}

static void of_spoilt_bytes_both_make_the_same(void **state)
{
    unsigned taken = 0, rejected = 0;

    (void)state;
    excused = 0;
    random_seed = 1234567890123456789u;
    for (int i = 0; i < 10000; i++) {
        ProtobufCMessage *message = every_random(1 + random_below(2));
        struct every_packed packed = every_pack(message);

        for (int k = 0; k < 10; k++) {
            uint8_t *spoilt = malloc(packed.len + 64), *exact;
            size_t len = packed.len;

            assert_non_null(spoilt);
            memcpy(spoilt, packed.data, len);
            for (size_t errors = 1 + random_below(3); errors; errors--)
                len = spoil(spoilt, len);
            exact = realloc(spoilt, len ? len : 1);
            assert_non_null(exact);
            if (compare_reading((struct inferd_bytes){exact, len}))
                taken++;
            else
                rejected++;
            free(exact);
        }
        free(packed.data);
        protobuf_c_message_free_unpacked(message, NULL);
    }
    // Of 100,000 neither is an exception, and excuses are not the rule.
    assert_true(taken > 10000 && rejected > 10000);
    assert_true(excused < 25000);
}

static void of_noise_both_make_the_same(void **state)
{
    uint8_t noise[24];

    (void)state;
    random_seed = 987654321987654321u;
    for (int i = 0; i < 300000; i++) {
        size_t len = random_below(sizeof(noise));
        uint8_t *exact = malloc(len ? len : 1);

        assert_non_null(exact);
        for (size_t k = 0; k < len; k++)
            exact[k] = (uint8_t)(random_below(3) ? random_below(32) : random_below(256));
        compare_reading((struct inferd_bytes){exact, len});
        free(exact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_one_writes_the_other_reads),
        cmocka_unit_test(of_spoilt_bytes_both_make_the_same),
        cmocka_unit_test(of_noise_both_make_the_same),
    };

    return cmocka_run_group_tests_name("wire and protobuf-c", tests, NULL, NULL);
}
