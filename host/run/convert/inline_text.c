// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Inline text: by the type's native type, then stored as any native value is.
#include "run/convert/inline_text.h"

#include <inferd/types.h>
#include "run/convert/natives.h"
#include "run/convert/parse.h"

// One native value, whichever.
union native {
    float f32;
    double f64;
    int64_t i64;
    uint64_t u64;
};

static bool is_unsigned(unsigned type)
{
    return type == INFERD_TYPE_UINT8 || type == INFERD_TYPE_UINT16 || type == INFERD_TYPE_UINT32;
}

// An integer of a type whose native is signed.
static bool parse_integer(struct inferd_bytes text, unsigned to, int64_t *value)
{
    unsigned bits = 8 * inferd_type_size(to);
    uint64_t size;

    if (is_unsigned(to)) {
        if (!convert_parse_u64(text, (UINT64_C(1) << bits) - 1, &size))
            return false;
        *value = (int64_t)size;
        return true;
    }
    return convert_parse_i64(text, INT64_MIN >> (64 - bits), INT64_MAX >> (64 - bits), value);
}

bool convert_inline_scalar(struct inferd_bytes text, unsigned to, uint8_t *out)
{
    enum convert_native native = convert_loaders[to].native;
    union native value;
    bool good, truth;

    if (to == INFERD_TYPE_FP32)
        return convert_parse_f32(text, &value.f32) ? memcpy(out, &value.f32, sizeof(value.f32)) != NULL : false;
    if (to == INFERD_TYPE_BOOL) {
        good = convert_parse_bool(text, &truth);
        value.i64 = truth;
    } else if (native == CONVERT_F32) {
        good = convert_parse_f32(text, &value.f32);
    } else if (native == CONVERT_F64) {
        good = convert_parse_f64(text, &value.f64);
    } else if (native == CONVERT_U64) {
        good = convert_parse_u64(text, UINT64_MAX, &value.u64);
    } else {
        good = parse_integer(text, to, &value.i64);
    }
    if (good)
        convert_storer(native, to, 0)((const uint8_t *)&value, 1, out, inferd_type_size(to));
    return good;
}

size_t convert_inline_elements(struct inferd_bytes text, unsigned to, uint8_t *out, size_t room)
{
    size_t size = inferd_type_size(to), count = 0, at = 0;
    uint8_t beyond[CONVERT_NATIVE_SIZE];

    if (text.len == 0)
        return 0;
    for (;;) {
        const uint8_t *colon = memchr(text.data + at, ':', text.len - at);
        struct inferd_bytes element = {text.data + at, colon ? (size_t)(colon - text.data) - at : text.len - at};

        if (!convert_inline_scalar(element, to, count < room ? out + count * size : beyond))
            return 0;
        count++;
        if (!colon)
            return count;
        at += element.len + 1;
    }
}
