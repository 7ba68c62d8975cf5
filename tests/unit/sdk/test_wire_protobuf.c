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

struct packed {
    uint8_t *data;
    size_t len;
};

static struct packed pack(const ProtobufCMessage *message)
{
    struct packed packed = {NULL, protobuf_c_message_get_packed_size(message)};

    packed.data = malloc(packed.len + 1);
    assert_non_null(packed.data);
    assert_int_equal(protobuf_c_message_pack(message, packed.data), packed.len);
    return packed;
}

// The reader drops what it doesn't know; protobuf-c keeps it.
static void drop_unknown(Test__Every *every)
{
    for (unsigned i = 0; i < every->base.n_unknown_fields; i++)
        free(every->base.unknown_fields[i].data);
    free(every->base.unknown_fields);
    every->base.unknown_fields = NULL;
    every->base.n_unknown_fields = 0;
    for (size_t i = 0; i < every->n_inner; i++)
        drop_unknown(every->inner[i]);
}

static unsigned excused; // messages on which protobuf-c's opinion doesn't count

static void fail_with(const char *what, struct inferd_bytes bytes)
{
    for (size_t i = 0; i < bytes.len; i++)
        fprintf(stderr, "%02x", bytes.data[i]);
    fputc('\n', stderr);
    fail_msg("%s", what);
}

// Reads bytes both ways. Whether they were taken.
static bool compare_reading(struct inferd_bytes bytes)
{
    struct opinion opinion = {0};
    ProtobufCMessage *ours = every_read(bytes, &opinion);
    ProtobufCMessage *theirs = protobuf_c_message_unpack(&test__every__descriptor, NULL, bytes.len, bytes.data);
    struct packed left, right;
    bool taken = ours;

    excused += opinion.loose || opinion.groups || opinion.tight;
    if (ours && !theirs && !opinion.groups && !opinion.tight)
        fail_with("taken, but not by protobuf-c", bytes);
    if (!ours && theirs && !opinion.loose)
        fail_with("rejected, but not by protobuf-c", bytes);
    if (ours && theirs && !opinion.loose) {
        drop_unknown((Test__Every *)theirs);
        left = pack(ours);
        right = pack(theirs);
        if (left.len != right.len || memcmp(left.data, right.data, left.len) != 0)
            fail_with("read as different values", bytes);
        free(left.data);
        free(right.data);
    }
    if (ours)
        protobuf_c_message_free_unpacked(ours, NULL);
    if (theirs)
        protobuf_c_message_free_unpacked(theirs, NULL);
    return taken;
}

static void what_one_writes_the_other_reads(void **state)
{
    (void)state;
    random_seed = 88172645463325252u;
    for (int i = 0; i < 5000; i++) {
        ProtobufCMessage *message = every_random(2);
        struct packed packed = pack(message);
        uint8_t *written = malloc(packed.len + 1);

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
        struct packed packed = pack(message);

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
