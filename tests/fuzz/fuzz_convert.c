// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Numbers from text and back, and values of every column type as every other. An input is: the column's type, flags,
// the type asked for, the conversion's flags (a byte each), a line with the fallback, and the value.
#include <math.h>
#include "config/type_name.h"
#include "fuzz.h"
#include "run/convert/convert.h"
#include "run/convert/format.h"
#include "run/convert/inline_text.h"
#include "run/convert/parse.h"
#include "../unit/run/convert/one.h"

// What the C library takes too, and reads the same way.
static bool is_plain(const char *text)
{
    return text[strspn(text, "+-.eE0123456789")] == '\0';
}

static void round_trip(const char *text, size_t len)
{
    struct inferd_bytes bytes = {(const uint8_t *)text, len};
    char out[CONVERT_NUMBER_ROOM];
    double wide, again;
    float single, single_again;

    if (convert_parse_f64(bytes, &wide)) {
        FUZZ_ALWAYS(!is_plain(text) || wide == strtod(text, NULL));
        bytes = (struct inferd_bytes){(const uint8_t *)out, convert_format_f64(wide, out)};
        FUZZ_ALWAYS(bytes.len <= sizeof(out) && convert_parse_f64(bytes, &again));
        FUZZ_ALWAYS(isnan(wide) ? isnan(again) : memcmp(&wide, &again, sizeof(wide)) == 0);
    }
    bytes = (struct inferd_bytes){(const uint8_t *)text, len};
    if (convert_parse_f32(bytes, &single)) {
        FUZZ_ALWAYS(!is_plain(text) || single == strtof(text, NULL));
        bytes = (struct inferd_bytes){(const uint8_t *)out, convert_format_f32(single, out)};
        FUZZ_ALWAYS(bytes.len <= sizeof(out) && convert_parse_f32(bytes, &single_again));
        FUZZ_ALWAYS(isnan(single) ? isnan(single_again) : memcmp(&single, &single_again, sizeof(single)) == 0);
    }
}

static void parse(struct inferd_bytes bytes)
{
    char *text = fuzz_text(bytes), out[CONVERT_NUMBER_ROOM];
    int64_t number, again;
    uint64_t natural, natural_again;
    bool truth;

    round_trip(text, strlen(text) == bytes.len ? bytes.len : strlen(text));
    if (convert_parse_i64(bytes, INT64_MIN, INT64_MAX, &number)) {
        bytes = (struct inferd_bytes){(const uint8_t *)out, convert_format_i64(number, out)};
        FUZZ_ALWAYS(convert_parse_i64(bytes, INT64_MIN, INT64_MAX, &again) && number == again);
    }
    if (convert_parse_u64(bytes, UINT64_MAX, &natural)) {
        bytes = (struct inferd_bytes){(const uint8_t *)out, convert_format_u64(natural, out)};
        FUZZ_ALWAYS(convert_parse_u64(bytes, UINT64_MAX, &natural_again) && natural == natural_again);
    }
    convert_parse_bool(bytes, &truth);
    type_name_read(text, strlen(text));
    type_name_near(text);
    free(text);
}

// Each way to read the column, into memory of just the size it may write to.
static void convert(const struct one *one, unsigned to, unsigned flags, struct arena *arena)
{
    static const size_t rooms[] = {0, 1, 3, 1000};
    size_t size = inferd_type_size(to), count, again;

    for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
        struct inferd_bytes *views = malloc(rooms[i] * sizeof(*views) + 1);
        uint8_t *out = malloc(rooms[i] * size + 1);

        FUZZ_ALWAYS(views && out);
        if (size) {
            count = convert_elements(&one->column, 0, to, flags, rooms[i] ? out : NULL, rooms[i]);
            again = convert_elements(&one->column, 0, to, flags, rooms[i] ? out : NULL, rooms[i]);
            FUZZ_ALWAYS(count == again);
        }
        count = convert_strings(&one->column, 0, views, rooms[i]);
        for (size_t v = 0; v < count && v < rooms[i]; v++)
            free(fuzz_copy(views[v])); // readable
        free(views);
        free(out);
    }
    if (size) {
        uint8_t *out = malloc(size);

        FUZZ_ALWAYS(out);
        FUZZ_ALWAYS(convert_scalars(&one->column, NULL, 0, 1, to, flags, out, size) <= 1);
        convert_value(one->cell, one->column.type, to, flags, out);
        free(out);
    }
    free(fuzz_copy(convert_text(&one->column, 0, arena)));
    free(fuzz_copy(convert_key(&one->column, 0, arena)));
    free(fuzz_copy(convert_value_text(one->cell, one->column.type, arena)));
}

static unsigned scalar_of(unsigned number)
{
    return INFERD_TYPE_FP8E5M2 + number % INFERD_TYPE_BOOL; // all scalars but UNKNOWN
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct inferd_bytes input = {data, size}, fallback;
    unsigned type = fuzz_byte(&input) % INFERD_TYPE_COUNT, is_inline = fuzz_byte(&input) & 1;
    unsigned to = scalar_of(fuzz_byte(&input)), flags = fuzz_byte(&input) & 7;
    struct arena arena;
    struct one one;
    uint8_t *exact, *exact_fallback;

    fallback = fuzz_part(&input, '\n');
    parse(input);
    arena_init(&arena, 4096, 0);
    exact = fuzz_copy(input);
    exact_fallback = fuzz_copy(fallback);
    fill(&one, is_inline ? INFERD_TYPE_STRING : type, is_inline, (struct inferd_bytes){exact, input.len},
         (struct inferd_bytes){exact_fallback, fallback.len});
    convert(&one, to, flags, &arena);
    arena_free(&arena);
    free(exact);
    free(exact_fallback);
    return 0;
}
