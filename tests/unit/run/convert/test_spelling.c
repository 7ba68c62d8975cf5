// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The spellings of types.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include "run/convert/convert.h"

static unsigned type_of(const char *spelling)
{
    return convert_type_of(spelling, strlen(spelling));
}

static void every_name_in_every_form(void **state)
{
    static const char *const prefixes[] = {"", "DataType", "datatype", "DATATYPE"};
    static const char *const suffixes[] = {"", "Vector", "vector", "VECTOR"};
    static const struct {
        unsigned type;
        const char *name;
    } names[] = {
#define INFERD_SCALAR(id, number, name, size, kserve) {number, name}, {number, kserve}, {number, #id},
#include <inferd/types.tbl>
        {INFERD_TYPE_FP32, "fp32"},
        {INFERD_TYPE_STRING, "bytes"},
        {INFERD_TYPE_UINT8, "uInT8"},
    };
    char spelling[64];

    (void)state;
    for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++) {
        for (size_t p = 0; p < 4; p++) {
            for (size_t s = 0; s < 4; s++) {
                snprintf(spelling, sizeof(spelling), "%s%s%s", prefixes[p], names[n].name, suffixes[s]);
                assert_int_equal(type_of(spelling), names[n].type + (s ? 15 : 0));
            }
        }
    }
}

static void all_else_is_unknown(void **state)
{
    static const char *const strange[] = {"",
                                          "DataType",
                                          "Vector",
                                          "FP33",
                                          "FP3",
                                          "FP322",
                                          " FP32",
                                          "FP32 ",
                                          "BF16",
                                          "FP32Vectors",
                                          "Int",
                                          "FP32VectorVector",
                                          "DataType DataTypeFP32",
                                          "XFP32",
                                          "Unknown",
                                          "DataTypeUnknown"};

    (void)state;
    for (size_t i = 0; i < sizeof(strange) / sizeof(strange[0]); i++)
        assert_int_equal(type_of(strange[i]), INFERD_TYPE_UNKNOWN);
    assert_int_equal(convert_type_of("FP32Vector", 4), INFERD_TYPE_FP32);
    assert_int_equal(convert_type_of(NULL, 0), INFERD_TYPE_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_name_in_every_form),
        cmocka_unit_test(all_else_is_unknown),
    };

    return cmocka_run_group_tests_name("spelling", tests, NULL, NULL);
}
