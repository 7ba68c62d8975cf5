// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Texts of cells as the bytes of a data type (the types' table is <inferd/types.h>): little-endian numbers, one byte a
// bool, strings as they are, vectors element by element, string vectors as two-byte lengths and then the bytes.
#include "number.h"

#include "base/arena.h"

#include <inferd/types.h>

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <strings.h>

// Rounds to the nearest value, ties to even, of a format with so many bits of exponent and mantissa below a sign.
// 'infinite' formats are IEEE's; the other is OCP's E4M3FN, whose all-ones exponent holds numbers and one NaN.
static uint16_t pack(double value, int exponent_bits, int mantissa_bits, bool infinite)
{
    int bias = (1 << (exponent_bits - 1)) - 1, exponent;
    uint16_t sign = (uint16_t)(signbit(value) ? 1u << (exponent_bits + mantissa_bits) : 0);
    uint16_t top = (uint16_t)((1u << (exponent_bits + mantissa_bits)) - 1); // exponent and mantissa all ones
    uint16_t infinity = (uint16_t)(infinite ? ((1u << exponent_bits) - 1) << mantissa_bits : top);
    double steps;

    if (isnan(value))
        return (uint16_t)(sign | (infinite ? infinity | 1u << (mantissa_bits - 1) : top));
    if (value == 0)
        return sign;
    if (isinf(value))
        return (uint16_t)(sign | infinity);
    frexp(value, &exponent);
    if (exponent - 1 < 1 - bias)
        exponent = 2 - bias; // a subnormal
    steps = nearbyint(ldexp(fabs(value), mantissa_bits + 1 - exponent));
    steps += ldexp(exponent - 2 + bias, mantissa_bits); // a carry runs into the exponent, as it should
    return (uint16_t)(sign | (steps >= infinity ? infinity : (uint16_t)steps));
}

static bool read_integer(const char *text, unsigned type, uint64_t *bits)
{
    unsigned size = inferd_type_size(type) * 8;
    char *end;

    errno = 0;
    if (type >= INFERD_TYPE_UINT8) {
        *bits = strtoull(text, &end, 10);
        return errno == 0 && *end == '\0' && *text != '-' && (size == 64 || *bits >> size == 0);
    } else {
        long long value = strtoll(text, &end, 10);

        *bits = (uint64_t)value;
        return errno == 0 && *end == '\0' && (size == 64 || (value >> (size - 1) == 0 || value >> (size - 1) == -1));
    }
}

static bool read_bool(const char *text, uint64_t *bits)
{
    *bits = strcasecmp(text, "true") == 0 || strcmp(text, "1") == 0;
    return *bits || strcasecmp(text, "false") == 0 || strcmp(text, "0") == 0;
}

// The bits of a scalar of fixed size.
static bool read_scalar(unsigned type, struct inferd_bytes text, uint64_t *bits)
{
    char copy[64];
    double real = 0;
    float single = 0;

    *bits = 0;
    if (text.len == 0 || text.len >= sizeof copy)
        return false;
    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    if (type >= INFERD_TYPE_INT8 && type <= INFERD_TYPE_UINT64)
        return !isspace((unsigned char)copy[0]) && read_integer(copy, type, bits);
    if (type == INFERD_TYPE_BOOL)
        return read_bool(copy, bits);
    if (type == INFERD_TYPE_FP32) {
        bool good = number_read_float(text, &single);

        memcpy(bits, &single, sizeof single);
        return good;
    }
    if (!number_read_double(text, &real))
        return false;
    if (type == INFERD_TYPE_FP64)
        memcpy(bits, &real, sizeof real);
    else if (type == INFERD_TYPE_FP16)
        *bits = pack(real, 5, 10, true);
    else
        *bits = type == INFERD_TYPE_FP8E5M2 ? pack(real, 5, 2, true) : pack(real, 4, 3, false);
    return true;
}

static bool encode_strings(const struct inferd_bytes *texts, size_t n_texts, struct arena *arena,
                           struct inferd_bytes *value, const char **problem)
{
    uint8_t *data, *at;
    size_t size = 2 * n_texts;

    for (size_t i = 0; i < n_texts; i++) {
        if (texts[i].len > UINT16_MAX) {
            *problem = "has an element longer than 65535 bytes";
            return false;
        }
        size += texts[i].len;
    }
    data = arena_alloc(arena, size);
    if (!data) {
        *problem = "finds no memory";
        return false;
    }
    at = data + 2 * n_texts;
    for (size_t i = 0; i < n_texts; i++) {
        data[2 * i] = (uint8_t)texts[i].len;
        data[2 * i + 1] = (uint8_t)(texts[i].len >> 8);
        if (texts[i].len > 0)
            memcpy(at, texts[i].data, texts[i].len);
        at += texts[i].len;
    }
    *value = (struct inferd_bytes){data, size};
    return true;
}

bool number_encode(unsigned type, const struct inferd_bytes *texts, size_t n_texts, struct arena *arena,
                   struct inferd_bytes *value, const char **problem)
{
    unsigned element = inferd_type_element(type);
    size_t size = inferd_type_size(element);
    uint8_t *data;

    if (type == INFERD_TYPE_STRING) {
        *value = texts[0];
        return true;
    }
    if (element == INFERD_TYPE_STRING)
        return encode_strings(texts, n_texts, arena, value, problem);
    data = arena_alloc(arena, n_texts * size);
    if (!data) {
        *problem = "finds no memory";
        return false;
    }
    for (size_t i = 0; i < n_texts; i++) {
        uint64_t bits;

        if (!read_scalar(element, texts[i], &bits)) {
            *problem = "is no such value";
            return false;
        }
        memcpy(data + i * size, &bits, size);
    }
    *value = (struct inferd_bytes){data, n_texts * size};
    return true;
}

static bool same_name(struct inferd_bytes name, const char *with)
{
    return name.len == strlen(with) && strncasecmp((const char *)name.data, with, name.len) == 0;
}

unsigned number_type_of(struct inferd_bytes name)
{
    static const char prefix[] = "DataType", suffix[] = "Vector";
    unsigned vector = 0;

    if (name.len > sizeof prefix - 1 && strncasecmp((const char *)name.data, prefix, sizeof prefix - 1) == 0) {
        name.data += sizeof prefix - 1;
        name.len -= sizeof prefix - 1;
    }
    if (name.len > sizeof suffix - 1 &&
        strncasecmp((const char *)name.data + name.len - (sizeof suffix - 1), suffix, sizeof suffix - 1) == 0) {
        name.len -= sizeof suffix - 1;
        vector = INFERD_TYPE_FP32_VECTOR - INFERD_TYPE_FP32;
    }
    for (unsigned type = INFERD_TYPE_FP8E5M2; type <= INFERD_TYPE_BOOL; type++)
        if (same_name(name, inferd_type_name(type)))
            return type + vector;
    return INFERD_TYPE_UNKNOWN;
}
