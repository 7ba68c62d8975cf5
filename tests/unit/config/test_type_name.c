// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Spellings of data types, all of them, and names nearest to a misspelled one.
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <inferd/types.h>
#include "config/nearest.h"
#include "config/type_name.h"

static unsigned read_name(const char *format, const char *name)
{
    char spelling[64];
    int n = snprintf(spelling, sizeof(spelling), format, name);

    return type_name_read(spelling, (size_t)n);
}

static void reads_all_types_in_all_spellings(void **state)
{
    (void)state;
#define INFERD_SCALAR(id, number, name, size, kserve)                                                                  \
    assert_int_equal(read_name("%s", name), number);                                                                   \
    assert_int_equal(read_name("%s", kserve), number);                                                                 \
    assert_int_equal(read_name("DataType%s", name), number);                                                           \
    assert_int_equal(read_name("datatype%s", name), number);                                                           \
    assert_int_equal(read_name("%svector", name), (number) + 15);                                                      \
    assert_int_equal(read_name("%sVector", name), (number) + 15);                                                      \
    assert_int_equal(read_name("DATATYPE%sVECTOR", name), (number) + 15);
#include <inferd/types.tbl>
    assert_int_equal(read_name("%s", "bytes"), INFERD_TYPE_STRING);
    assert_int_equal(read_name("%s", "fp8e4m3"), INFERD_TYPE_FP8E4M3);
}

static void reads_nothing_else(void **state)
{
    static const char *const wrong[] = {
        "",      "Vector", "DataType",    "DataType_FP32", "DataTypeDataTypeFP32", "FP3", "FP33",  "FP322", "XFP32",
        " FP32", "FP32 ",  "FP32Vectors", "FP32 Vector",   "FP32VectorVector",     "int", "float", "BF16",  "Unknown"};

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(read_name("%s", wrong[i]), INFERD_TYPE_UNKNOWN);
    assert_int_equal(type_name_read("FP32Vector", 4), INFERD_TYPE_FP32);
    assert_int_equal(type_name_read(NULL, 0), INFERD_TYPE_UNKNOWN);
}

static void counts_edits(void **state)
{
    (void)state;
    assert_int_equal(nearest_distance("shape", "shape"), 0);
    assert_int_equal(nearest_distance("SHAPE", "shape"), 0);
    assert_int_equal(nearest_distance("shpae", "shape"), 1);
    assert_int_equal(nearest_distance("", "abc"), 3);
    assert_int_equal(nearest_distance("kitten", "sitting"), 3);
}

static void finds_the_nearest_name_or_none(void **state)
{
    struct nearest nearest;

    (void)state;
    nearest_init(&nearest, "batchsize");
    nearest_try(&nearest, "batch");
    nearest_try(&nearest, "batch_size");
    nearest_try(&nearest, "batch_sizes");
    nearest_try(&nearest, NULL);
    assert_string_equal(nearest.found, "batch_size");
    nearest_init(&nearest, "x");
    nearest_try(&nearest, "yz");
    nearest_try(&nearest, "y");
    assert_null(nearest.found);
    assert_string_equal(type_name_near("DataTypeFP23"), "DataTypeFP32");
    assert_null(type_name_near("tensor"));
}

// It gives up on a name as soon as that is too far away, and on none that isn't.
static void gives_up_on_no_name_that_is_near(void **state)
{
    enum { NAMES = 40000 };
    char name[16], candidate[16];
    unsigned found = 0;

    (void)state;
    srandom(1);
    for (int i = 0; i < NAMES; i++) {
        size_t len = 6 + (size_t)random() % 9, edits = (size_t)random() % 6;
        struct nearest nearest;
        bool near;

        for (size_t k = 0; k <= len; k++)
            name[k] = candidate[k] = k < len ? (char)('a' + random() % 3) : '\0';
        for (size_t k = 0; k < edits; k++) {
            size_t at = (size_t)random() % (len - 1);
            char first = candidate[at];

            candidate[at] = candidate[at + 1];
            candidate[at + 1] = random() % 2 ? first : 'a';
        }
        nearest_init(&nearest, name);
        near = nearest_distance(name, candidate) < nearest.distance;
        nearest_try(&nearest, candidate);
        assert_int_equal(nearest.found != NULL, near);
        found += near;
    }
    assert_in_range(found, NAMES / 100, NAMES - NAMES / 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_all_types_in_all_spellings),
        cmocka_unit_test(reads_nothing_else),
        cmocka_unit_test(counts_edits),
        cmocka_unit_test(finds_the_nearest_name_or_none),
        cmocka_unit_test(gives_up_on_no_name_that_is_near),
    };

    return cmocka_run_group_tests_name("type_name", tests, NULL, NULL);
}
