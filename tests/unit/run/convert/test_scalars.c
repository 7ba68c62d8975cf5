// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Many rows at once: gathered or in order, at any stride, across chunks, with missing values and fallbacks. That each
// single value is right is test_oracle.py's; here, that many of them are what they are one by one.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include "run/convert/convert.h"

enum { ROWS = 700, WORDS = (ROWS + 63) / 64, WIDTH = 15 };

static struct {
    struct inferd_column column;
    uint8_t data[ROWS * 8];
    struct inferd_bytes cells[ROWS];
    char texts[ROWS][24];
    uint64_t valid[WORDS];
} table[WIDTH + 1];

static uint32_t order[ROWS]; // a permutation with repetitions

static uint32_t next_random(void)
{
    static uint64_t seed = 88172645463325252u;

    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)(seed >> 16);
}

// Fills a column of any scalar type; one value in 'gap' is missing (0: none).
static struct inferd_column *make_column(int which, unsigned type, uint32_t gap)
{
    struct inferd_column *column = &table[which].column;

    memset(&table[which], 0, sizeof(table[which]));
    *column = (struct inferd_column){
        .size = sizeof(*column),
        .type = (uint16_t)type,
        .flags = INFERD_COLUMN_PRESENT | (which == 1 ? INFERD_COLUMN_INLINE : 0),
        .rows = ROWS,
        .value_size = inferd_type_size(type),
        .valid = table[which].valid,
    };
    if (column->value_size)
        column->data = table[which].data;
    else
        column->cells = table[which].cells;
    for (uint32_t row = 0; row < ROWS; row++) {
        uint32_t bits[2] = {next_random(), next_random()};
        struct inferd_bytes value = {(const uint8_t *)bits, column->value_size};

        if (gap && next_random() % gap == 0)
            continue;
        if (type == INFERD_TYPE_STRING) {
            // One in eight is no number.
            snprintf(table[which].texts[row], sizeof(table[which].texts[row]), "%s%u.25", row % 8 ? "" : "x",
                     bits[0] % 1000);
            value = inferd_bytes_of(table[which].texts[row]);
        }
        assert_true(inferd_column_set(column, row, value));
    }
    return column;
}

static int make_order(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < ROWS; i++)
        order[i] = next_random() % ROWS;
    return 0;
}

// Converts rows all at once, and one by one by convert_elements(), and compares every byte of the output.
static void compare(const struct inferd_column *column, const uint32_t *rows, uint32_t first, uint32_t count,
                    unsigned to, unsigned flags, size_t stride)
{
    size_t room = count * stride + 16, size = inferd_type_size(to);
    uint8_t *got = malloc(room), *right = malloc(room);
    uint32_t missing = 0;

    assert_true(got && right);
    memset(got, 0xaa, room);
    memset(right, 0xaa, room);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t row = rows ? rows[first + i] : first + i;

        if (convert_elements(column, row, to, flags, right + i * stride, 1) != 1) {
            memset(right + i * stride, 0, size);
            missing++;
        }
    }
    assert_int_equal(convert_scalars(column, rows, first, count, to, flags, got, stride), missing);
    assert_memory_equal(got, right, room);
    free(got);
    free(right);
}

static void compare_ways(const struct inferd_column *column, unsigned to, unsigned flags)
{
    static const struct {
        uint32_t first, count;
    } ranges[] = {{0, ROWS}, {0, 0},   {0, 63},  {1, 1},     {63, 2},      {65, 62},
                  {64, 64},  {5, 128}, {7, 129}, {100, 555}, {ROWS - 1, 1}};
    size_t size = inferd_type_size(to);
    const size_t strides[] = {size, size + 1, 3 * size, 240};

    for (size_t r = 0; r < sizeof(ranges) / sizeof(ranges[0]); r++) {
        for (size_t s = 0; s < 4; s++) {
            compare(column, NULL, ranges[r].first, ranges[r].count, to, flags, strides[s]);
            compare(column, order, ranges[r].first, ranges[r].count, to, flags, strides[s]);
        }
    }
}

static void every_pair_of_types_in_every_way(void **state)
{
    (void)state;
    for (unsigned from = 1; from <= 15; from++) {
        const struct inferd_column *column = make_column(0, from, from % 2 ? 3 : 0);

        for (unsigned to = 1; to <= 15; to++) {
            if (!inferd_type_size(to))
                continue;
            compare_ways(column, to, 0);
            compare_ways(column, to, INFERD_CONVERT_ORIGINAL | INFERD_CONVERT_ALWAYS);
        }
    }
}

static void what_is_missing_comes_from_the_fallback(void **state)
{
    (void)state;
    for (unsigned from = 1; from <= 15; from++) {
        struct inferd_column *column = make_column(0, from, 2);

        column->fallback = make_column(1, INFERD_TYPE_STRING, 3);
        for (unsigned to = 1; to <= 15; to++) {
            if (inferd_type_size(to))
                compare_ways(column, to, 0);
        }
    }
}

static void a_value_is_not_looked_at_twice(void **state)
{
    struct inferd_column *column = make_column(0, INFERD_TYPE_FP32, 0), *texts = make_column(1, INFERD_TYPE_STRING, 0);
    float out[2] = {-1, -1}, nine = 9;

    (void)state;
    // A value that is there wins over the request's text, and text that is no number leaves the row missing.
    memset(table[0].valid, 0, sizeof(table[0].valid));
    memset(table[0].data, 0, sizeof(table[0].data));
    column->fallback = texts;
    texts->cells[0] = inferd_bytes_of("no number");
    texts->cells[1] = inferd_bytes_of("2.5");
    inferd_column_set(column, 1, (struct inferd_bytes){(const uint8_t *)&nine, 4});
    assert_int_equal(convert_scalars(column, NULL, 0, 2, INFERD_TYPE_FP32, 0, out, 4), 1);
    assert_true(out[0] == 0 && out[1] == 9);
}

static void vectors_are_no_scalars(void **state)
{
    struct inferd_column *column = make_column(0, INFERD_TYPE_FP32_VECTOR, 0);
    float values[3] = {1, 2, 3}, out[2] = {-1, -1};

    (void)state;
    inferd_column_set(column, 0, (struct inferd_bytes){(const uint8_t *)values, sizeof(values)});
    assert_int_equal(convert_scalars(column, NULL, 0, 2, INFERD_TYPE_FP32, 0, out, 4), 2);
    assert_true(out[0] == 0 && out[1] == 0);
}

static void elements_stay_in_their_room(void **state)
{
    struct inferd_column *column = make_column(0, INFERD_TYPE_INT16_VECTOR, 0);
    struct inferd_column *text = make_column(1, INFERD_TYPE_STRING, 0);
    int16_t values[3] = {1, -2, 3};
    int32_t out[4] = {9, 9, 9, 9};

    (void)state;
    inferd_column_set(column, 0, (struct inferd_bytes){(const uint8_t *)values, sizeof(values)});
    assert_int_equal(convert_elements(column, 0, INFERD_TYPE_INT32, 0, NULL, 0), 3);
    assert_int_equal(convert_elements(column, 0, INFERD_TYPE_INT32, 0, out, 2), 3);
    assert_true(out[0] == 1 && out[1] == -2 && out[2] == 9);
    inferd_column_set(text, 0, inferd_bytes_of("4:5:6"));
    assert_int_equal(convert_elements(text, 0, INFERD_TYPE_INT32, 0, NULL, 0), 3);
    assert_int_equal(convert_elements(text, 0, INFERD_TYPE_INT32, 0, out, 2), 3);
    assert_true(out[0] == 4 && out[1] == 5 && out[2] == 9);
}

// A table of a range of rows, against its columns converted one by one. 'pad' is what lies between rows.
static void compare_table(const struct inferd_column *const *columns, const uint32_t *rows, uint32_t first,
                          uint32_t count, unsigned to, unsigned flags, size_t pad)
{
    size_t size = inferd_type_size(to), stride = WIDTH * size + pad, room = count * stride + 16;
    uint8_t *got = malloc(room), *right = malloc(room);
    uint32_t missing[WIDTH];
    const struct inferd_convert_table asked = {.size = sizeof(asked),
                                               .width = WIDTH,
                                               .columns = columns,
                                               .rows = rows,
                                               .first = first,
                                               .count = count,
                                               .to = to,
                                               .flags = flags,
                                               .out = got,
                                               .stride = stride,
                                               .missing = missing};

    assert_true(got && right);
    memset(got, 0xaa, room);
    memset(right, 0xaa, room);
    memset(missing, 0xaa, sizeof(missing));
    convert_table(&asked);
    for (size_t i = 0; i < WIDTH; i++)
        assert_int_equal(missing[i],
                         convert_scalars(columns[i], rows, first, count, to, flags, right + i * size, stride));
    assert_memory_equal(got, right, room);
    free(got);
    free(right);
}

// Columns of which some can be copied as they are, four and more side by side, and some can't.
static void a_table_is_its_columns(void **state)
{
    static const unsigned types[WIDTH] = {4, 4, 4, 4, 4, 8, 4, 4, 4, 4, 4, 4, 4, 4, 14};
    static const uint32_t counts[] = {0, 1, 3, 4, 7, 64, 130, 600};
    const struct inferd_column *columns[WIDTH];

    (void)state;
    for (int i = 0; i < WIDTH; i++) {
        struct inferd_column *column = make_column(i, types[i], i % 2 ? 5 : 0);

        column->fallback = i == 9 ? make_column(WIDTH, INFERD_TYPE_STRING, 2) : NULL;
        columns[i] = column;
    }
    for (size_t c = 0; c < sizeof(counts) / sizeof(counts[0]); c++)
        for (unsigned to = 3; to <= 8; to++)
            for (unsigned flags = 0; flags <= INFERD_CONVERT_ALWAYS; flags += INFERD_CONVERT_ALWAYS) {
                compare_table(columns, NULL, 37, counts[c], to, flags, 0);
                compare_table(columns, NULL, 0, counts[c], to, flags, 1);
                compare_table(columns, order, 5, counts[c], to, flags, 0);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pair_of_types_in_every_way), cmocka_unit_test(what_is_missing_comes_from_the_fallback),
        cmocka_unit_test(a_value_is_not_looked_at_twice),   cmocka_unit_test(vectors_are_no_scalars),
        cmocka_unit_test(elements_stay_in_their_room),      cmocka_unit_test(a_table_is_its_columns),
    };

    return cmocka_run_group_tests_name("scalars", tests, make_order, NULL);
}
