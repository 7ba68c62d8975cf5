// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// One value at a time: a vector's elements, the strings of a string vector, a value outside of any column.
#include "run/convert/convert.h"

#include "base/magic.h"
#include "run/convert/inline_text.h"
#include "run/convert/natives.h"
#include "run/convert/parse.h"
#include "run/convert/string_vector.h"

// Converts values of a type of fixed size that lie one behind the other.
static void convert_array(const uint8_t *data, size_t count, unsigned from, unsigned to, unsigned flags, uint8_t *out)
{
    size_t from_size = inferd_type_size(from), to_size = inferd_type_size(to);
    const struct convert_loader *loader = &convert_loaders[from];
    struct convert_chunk chunk;

    if (from == to && !(flags & INFERD_CONVERT_ALWAYS)) {
        if (count)
            memcpy(out, data, count * from_size);
        return;
    }
    while (count) {
        uint32_t some = count < CONVERT_CHUNK ? (uint32_t)count : CONVERT_CHUNK;

        loader->load(data, NULL, some, chunk.bytes);
        convert_storer(loader->native, to, flags)(chunk.bytes, some, out, to_size);
        data += some * from_size;
        out += some * to_size;
        count -= some;
    }
}

bool convert_value(struct inferd_bytes bytes, unsigned from, unsigned to, unsigned flags, void *out)
{
    uint32_t size = inferd_type_size(from), to_size = inferd_type_size(to);
    double number;

    ALWAYS(to_size);
    if (from == INFERD_TYPE_STRING && convert_parse_f64(bytes, &number)) {
        convert_storer(CONVERT_F64, to, flags)((const uint8_t *)&number, 1, out, to_size);
        return true;
    }
    if (size == 0 || bytes.len < size) {
        memset(out, 0, to_size);
        return false;
    }
    convert_array(bytes.data, 1, from, to, flags, out);
    return true;
}

size_t convert_elements(const struct inferd_column *column, uint32_t row, unsigned to, unsigned flags, void *out,
                        size_t room)
{
    struct inferd_bytes value = inferd_column_get(column, row);
    unsigned from = inferd_type_element(column->type);
    uint32_t size = inferd_type_size(from);
    uint8_t one[CONVERT_NATIVE_SIZE];
    size_t count;

    ALWAYS(inferd_type_size(to));
    if (value.len == 0 && column->fallback)
        return convert_inline_elements(inferd_column_fall_back(column, row), to, out, room);
    if (value.len == 0)
        return 0;
    if (column->type == INFERD_TYPE_STRING && (column->flags & INFERD_COLUMN_INLINE))
        return convert_inline_elements(value, to, out, room);
    if (column->type == INFERD_TYPE_STRING)
        return convert_value(value, from, to, flags, room ? out : one);
    if (size && value.len != size && !inferd_type_is_vector(column->type))
        return convert_value(value, from, to, flags, room ? out : one);
    if (size == 0 || value.len % size)
        return 0;
    count = value.len / size;
    convert_array(value.data, count < room ? count : room, from, to, flags, out);
    return count;
}

size_t convert_strings(const struct inferd_column *column, uint32_t row, struct inferd_bytes *out, size_t room)
{
    struct inferd_bytes value = inferd_column_get(column, row);
    struct string_vector strings;

    if (column->type == INFERD_TYPE_BOOL_VECTOR) {
        for (size_t i = 0; i < value.len && i < room; i++)
            out[i] = inferd_bytes_of(value.data[i] ? "true" : "false");
        return value.len;
    }
    if (column->type != INFERD_TYPE_STRING_VECTOR || !string_vector_open(&strings, value))
        return 0;
    for (size_t i = 0; i < strings.count && i < room; i++)
        out[i] = string_vector_next(&strings);
    return strings.count;
}
