// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The wire reader and writer on bytes written by hand: each rule of the format once, at its limits.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <inferd/wire.h>

#define BYTES(text) ((struct inferd_bytes){(const uint8_t *)(text), sizeof(text) - 1})

// Reads a whole message from a heap block of its own size, so that AddressSanitizer sees a read beyond its end.
static bool is_message(struct inferd_bytes bytes, unsigned *fields)
{
    uint8_t *exact = malloc(bytes.len ? bytes.len : 1);
    struct inferd_wire_reader reader;
    struct inferd_wire_field field;

    assert_non_null(exact);
    if (bytes.len)
        memcpy(exact, bytes.data, bytes.len);
    reader = inferd_wire_read((struct inferd_bytes){exact, bytes.len});
    *fields = 0;
    while (inferd_wire_next(&reader, &field))
        ++*fields;
    assert_ptr_equal(reader.at, reader.end);
    assert_false(inferd_wire_next(&reader, &field));
    free(exact);
    return !reader.bad;
}

static const struct {
    const char *why;
    struct inferd_bytes bytes;
    int fields; // -1: no message
} messages[] = {
    {"empty", {NULL, 0}, 0},
    {"a varint", BYTES("\x08\x01"), 1},
    {"a tag without a value", BYTES("\x08"), -1},
    {"bytes without a length", BYTES("\x0a"), -1},
    {"empty bytes", BYTES("\x0a\x00"), 1},
    {"bytes", BYTES("\x0a\x03xyz"), 1},
    {"bytes cut by one", BYTES("\x0a\x03xy"), -1},
    {"a length of 2^64 - 1", BYTES("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01x"), -1},
    {"a length in a longer form than it needs", BYTES("\x0a\x81\x80\x80\x00x"), 1},
    {"four bytes", BYTES("\x0d\x01\x02\x03\x04"), 1},
    {"four bytes, cut", BYTES("\x0d\x01\x02\x03"), -1},
    {"eight bytes", BYTES("\x09\x01\x02\x03\x04\x05\x06\x07\x08"), 1},
    {"eight bytes, cut", BYTES("\x09\x01\x02\x03\x04\x05\x06\x07"), -1},
    {"field 0", BYTES("\x00\x01"), -1},
    {"field 0 as bytes", BYTES("\x02\x00"), -1},
    {"field 0 in a longer form", BYTES("\x80\x00\x01"), -1},
    {"wire type 6", BYTES("\x0e\x01"), -1},
    {"wire type 7", BYTES("\x0f\x01"), -1},
    {"a tag of five bytes", BYTES("\xf8\xff\xff\xff\x0f\x01"), 1},
    {"a tag in a longer form than it needs", BYTES("\x88\x80\x80\x80\x00\x01"), 1},
    {"a tag of six bytes", BYTES("\x88\x80\x80\x80\x80\x00\x01"), -1},
    {"a tag of 33 bits", BYTES("\xf8\xff\xff\xff\x1f\x01"), -1},
    {"a cut tag", BYTES("\xf8\xff"), -1},
    {"a varint of ten bytes", BYTES("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), 1},
    {"a varint of 65 bits", BYTES("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"), -1},
    {"a varint of eleven bytes", BYTES("\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00"), -1},
    {"a cut varint", BYTES("\x08\x80\x80"), -1},
    {"an empty group", BYTES("\x0b\x0c"), 0},
    {"a group, then a field", BYTES("\x0b\x10\x01\x1a\x01x\x0c\x08\x01"), 1},
    {"groups in a group", BYTES("\x0b\x13\x1b\x1c\x14\x13\x14\x0c"), 0},
    {"a group that ends as another", BYTES("\x0b\x14"), -1},
    {"groups that cross", BYTES("\x0b\x13\x0c\x14"), -1},
    {"a group without an end", BYTES("\x0b\x08\x01"), -1},
    {"an end without a group", BYTES("\x0c"), -1},
    {"a bad field in a group", BYTES("\x0b\x0e\x0c"), -1},
    {"a cut field in a group", BYTES("\x0b\x12\x05x\x0c"), -1},
};

static void what_is_no_message_is_rejected(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
        unsigned fields;
        bool good = is_message(messages[i].bytes, &fields);

        if (good != (messages[i].fields >= 0) || (good && fields != (unsigned)messages[i].fields))
            fail_msg("%s: %s with %u fields", messages[i].why, good ? "taken" : "rejected", fields);
    }
}

static void groups_nest_to_a_limit(void **state)
{
    uint8_t nested[2 * (INFERD_WIRE_MAX_GROUPS + 1)];
    unsigned fields;

    (void)state;
    for (unsigned depth = INFERD_WIRE_MAX_GROUPS; depth <= INFERD_WIRE_MAX_GROUPS + 1; depth++) {
        memset(nested, 0x0b, depth);
        memset(nested + depth, 0x0c, depth);
        assert_int_equal(is_message((struct inferd_bytes){nested, 2 * depth}, &fields),
                         depth == INFERD_WIRE_MAX_GROUPS);
    }
}

static void values_are_what_was_written(void **state)
{
    static const uint64_t values[] = {0, 1, 127, 128, 16383, 16384, UINT32_MAX, UINT64_C(1) << 63, UINT64_MAX};
    static const uint32_t numbers[] = {1, 15, 16, 2047, 2048, 536870911};
    uint8_t memory[64], *end;
    struct inferd_wire_reader reader;
    struct inferd_wire_field field = {0};

    (void)state;
    for (size_t n = 0; n < sizeof(numbers) / sizeof(numbers[0]); n++) {
        for (size_t v = 0; v < sizeof(values) / sizeof(values[0]); v++) {
            uint32_t number = numbers[n];
            uint64_t value = values[v];

            end = inferd_wire_put_number(memory, number, value);
            assert_int_equal(end - memory, inferd_wire_number_size(number, value));
            end = inferd_wire_put_fixed32(end, number, (uint32_t)value);
            end = inferd_wire_put_fixed64(end, number, value);
            end = inferd_wire_put_bytes(end, number, BYTES("abc"));
            assert_int_equal(end - memory, inferd_wire_number_size(number, value) + inferd_wire_fixed32_size(number) +
                                               inferd_wire_fixed64_size(number) + inferd_wire_bytes_size(number, 3));
            reader = inferd_wire_read((struct inferd_bytes){memory, (size_t)(end - memory)});
            assert_true(inferd_wire_next(&reader, &field));
            assert_int_equal(field.tag, INFERD_WIRE_TAG(number, INFERD_WIRE_VARINT));
            assert_true(field.value == value);
            assert_int_equal(field.bytes.len, inferd_wire_varint_size(value));
            assert_true(inferd_wire_next(&reader, &field));
            assert_int_equal(field.tag, INFERD_WIRE_TAG(number, INFERD_WIRE_FIXED32));
            assert_true(field.value == (uint32_t)value);
            assert_int_equal(field.bytes.len, 4);
            assert_true(inferd_wire_next(&reader, &field));
            assert_int_equal(field.tag, INFERD_WIRE_TAG(number, INFERD_WIRE_FIXED64));
            assert_true(field.value == value);
            assert_true(inferd_wire_next(&reader, &field));
            assert_int_equal(field.tag, INFERD_WIRE_TAG(number, INFERD_WIRE_BYTES));
            assert_true(inferd_bytes_equal(field.bytes, BYTES("abc")));
            assert_false(inferd_wire_next(&reader, &field));
            assert_false(reader.bad);
        }
    }
}

static void the_size_of_every_varint_is_right(void **state)
{
    uint8_t memory[10];

    (void)state;
    for (unsigned bits = 0; bits < 64; bits++) {
        uint64_t value = UINT64_C(1) << bits;

        assert_int_equal(inferd_wire_put_varint(memory, value) - memory, inferd_wire_varint_size(value));
        assert_int_equal(inferd_wire_put_varint(memory, value - 1) - memory, inferd_wire_varint_size(value - 1));
    }
}

static void repeated_numbers_come_packed_or_not(void **state)
{
    static const int64_t shape[] = {-1, 0, 300, INT64_MIN};
    uint8_t memory[64], *end;
    struct inferd_wire_reader reader, numbers;
    struct inferd_wire_field field;
    uint64_t value;
    int64_t got[8];
    size_t count = 0;

    (void)state;
    end = inferd_wire_put_packed(memory, 3, shape, 4);
    assert_int_equal(end - memory, inferd_wire_bytes_size(3, inferd_wire_packed_size(shape, 4)));
    end = inferd_wire_put_number(end, 3, 7);
    reader = inferd_wire_read((struct inferd_bytes){memory, (size_t)(end - memory)});
    while (inferd_wire_next(&reader, &field)) {
        numbers = inferd_wire_numbers(&field);
        assert_int_equal(inferd_wire_count_varints(field.bytes), count == 0 ? 4 : 1);
        while (inferd_wire_varint(&numbers, &value))
            got[count++] = (int64_t)value;
        assert_false(numbers.bad);
    }
    assert_int_equal(count, 5);
    assert_memory_equal(got, shape, sizeof(shape));
    assert_int_equal(got[4], 7);
}

static void packed_numbers_must_be_whole(void **state)
{
    struct inferd_wire_reader reader = inferd_wire_read(BYTES("\x01\x80"));
    uint64_t value;
    uint32_t bits;

    (void)state;
    assert_true(inferd_wire_varint(&reader, &value));
    assert_false(inferd_wire_varint(&reader, &value));
    assert_true(reader.bad);
    reader = inferd_wire_read(BYTES("\x01\x02\x03\x04\x05"));
    assert_true(inferd_wire_fixed32(&reader, &bits));
    assert_int_equal(bits, 0x04030201);
    assert_false(inferd_wire_fixed32(&reader, &bits));
    assert_true(reader.bad);
    reader = inferd_wire_read(BYTES("\x01\x02\x03\x04\x05\x06\x07\x08"));
    assert_true(inferd_wire_fixed64(&reader, &value));
    assert_true(value == UINT64_C(0x0807060504030201));
    assert_false(inferd_wire_fixed64(&reader, &value));
    assert_false(reader.bad);
    reader = inferd_wire_read(BYTES("\x01\x02\x03\x04\x05\x06\x07"));
    assert_false(inferd_wire_fixed64(&reader, &value));
    assert_true(reader.bad);
}

static void zigzag_goes_both_ways(void **state)
{
    static const int64_t values[] = {0, -1, 1, -2, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN};

    (void)state;
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        assert_true(inferd_wire_unzigzag(inferd_wire_zigzag(values[i])) == values[i]);
    assert_int_equal(inferd_wire_zigzag(-1), 1);
    assert_int_equal(inferd_wire_zigzag(1), 2);
    assert_true(inferd_wire_zigzag(INT64_MIN) == UINT64_MAX);
}

// Of each length, from blocks of just that size, so that AddressSanitizer sees what is read or written beyond them.
static void bytes_are_copied_and_loaded(void **state)
{
    (void)state;
    for (size_t len = 0; len <= 40; len++) {
        uint8_t *from = malloc(len + 1), *to = malloc(len + 1);
        uint64_t number = 0;

        assert_true(from && to);
        from = realloc(from, len ? len : 1);
        for (size_t i = 0; i < len; i++)
            from[i] = (uint8_t)(i * 37 + 200);
        to[len] = 77;
        assert_ptr_equal(inferd_bytes_put(to, (struct inferd_bytes){from, len}), to + len);
        assert_memory_equal(to, from, len);
        assert_int_equal(to[len], 77);
        for (size_t i = 0; i < len && i < 8; i++)
            number |= (uint64_t)from[i] << 8 * i;
        assert_true(inferd_bytes_load(from, len) == number);
        free(from);
        free(to);
    }
    assert_true(inferd_bytes_load(NULL, 0) == 0);
    assert_ptr_equal(inferd_bytes_put((uint8_t *)state, (struct inferd_bytes){NULL, 0}), state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_message_is_rejected),
        cmocka_unit_test(groups_nest_to_a_limit),
        cmocka_unit_test(values_are_what_was_written),
        cmocka_unit_test(the_size_of_every_varint_is_right),
        cmocka_unit_test(repeated_numbers_come_packed_or_not),
        cmocka_unit_test(packed_numbers_must_be_whole),
        cmocka_unit_test(zigzag_goes_both_ways),
        cmocka_unit_test(bytes_are_copied_and_loaded),
    };

    return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
