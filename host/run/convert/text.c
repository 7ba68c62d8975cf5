// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The text of values. Strings are views; the rest is written to the arena.
#include "run/convert/convert.h"

#include "run/convert/format.h"
#include "run/convert/natives.h"
#include "run/convert/string_vector.h"

static size_t format_bool(bool value, char *out)
{
    size_t len = value ? 4 : 5;

    memcpy(out, value ? "true" : "false", len);
    return len;
}

// Writes the text of one value of a scalar type but STRING, in CONVERT_NUMBER_ROOM bytes at most.
static size_t format_scalar(unsigned type, const uint8_t *data, char *out)
{
    union {
        uint8_t bytes[CONVERT_NATIVE_SIZE];
        float f32;
        double f64;
        int64_t i64;
        uint64_t u64;
    } value;

    convert_loaders[type].load(data, NULL, 1, value.bytes);
    if (type == INFERD_TYPE_BOOL)
        return format_bool(value.i64 != 0, out);
    switch (convert_loaders[type].native) {
    case CONVERT_F32:
        return convert_format_f32(value.f32, out);
    case CONVERT_F64:
        return convert_format_f64(value.f64, out);
    case CONVERT_I64:
        return convert_format_i64(value.i64, out);
    default:
        return convert_format_u64(value.u64, out);
    }
}

static struct inferd_bytes scalar_text(unsigned type, struct inferd_bytes value, struct arena *arena)
{
    char text[CONVERT_NUMBER_ROOM];
    size_t len;

    if (value.len != inferd_type_size(type))
        return (struct inferd_bytes){NULL, 0};
    len = format_scalar(type, value.data, text);
    value.data = arena_copy(arena, text, len);
    value.len = value.data ? len : 0;
    return value;
}

static struct inferd_bytes vector_text(unsigned element, struct inferd_bytes value, struct arena *arena)
{
    size_t size = inferd_type_size(element), len = 0;
    char *text;

    if (size == 0 || value.len % size || value.len == 0)
        return (struct inferd_bytes){NULL, 0};
    text = value.len > SIZE_MAX / 64 ? NULL : arena_alloc(arena, value.len / size * CONVERT_NUMBER_ROOM);
    for (size_t at = 0; text && at < value.len; at += size) {
        if (at)
            text[len++] = ',';
        len += format_scalar(element, value.data + at, text + len);
    }
    return (struct inferd_bytes){(const uint8_t *)text, len};
}

static struct inferd_bytes strings_text(struct inferd_bytes value, struct arena *arena)
{
    struct string_vector strings;
    uint8_t *text, *at;

    if (!string_vector_open(&strings, value))
        return (struct inferd_bytes){NULL, 0};
    text = at = arena_alloc(arena, value.len);
    for (size_t i = 0; text && i < strings.count; i++) {
        struct inferd_bytes string = string_vector_next(&strings);

        if (i)
            *at++ = ',';
        if (string.len)
            memcpy(at, string.data, string.len);
        at += string.len;
    }
    return (struct inferd_bytes){text, (size_t)(at - text)};
}

struct inferd_bytes convert_value_text(struct inferd_bytes bytes, unsigned type, struct arena *arena)
{
    if (type == INFERD_TYPE_STRING)
        return bytes;
    if (type == INFERD_TYPE_STRING_VECTOR)
        return strings_text(bytes, arena);
    if (inferd_type_is_vector(type))
        return vector_text(inferd_type_element(type), bytes, arena);
    if (inferd_type_size(type))
        return scalar_text(type, bytes, arena);
    return (struct inferd_bytes){NULL, 0};
}

struct inferd_bytes convert_text(const struct inferd_column *column, uint32_t row, struct arena *arena)
{
    struct inferd_bytes value = inferd_column_get(column, row);

    if (value.len == 0)
        return inferd_column_fall_back(column, row);
    return convert_value_text(value, column->type, arena);
}

struct inferd_bytes convert_key(const struct inferd_column *column, uint32_t row, struct arena *arena)
{
    struct inferd_bytes text = {NULL, 0};

    if (column->fallback)
        text = inferd_column_get(column->fallback, row);
    return text.len ? text : convert_text(column, row, arena);
}
