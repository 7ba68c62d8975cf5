// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Many rows of a scalar column at once. A missing value's data is zero, and zero converts to zero: columns of fixed
// size are converted without a look at which values are there. Those that are missing are counted apart, and read from
// the column's fallback where it has one.
#include "run/convert/convert.h"

#include "base/magic.h"
#include "run/convert/inline_text.h"
#include "run/convert/natives.h"
#include "run/convert/parse.h"

// What is asked for.
struct order {
    const struct inferd_column *column;
    const uint32_t *rows; // NULL: of first on
    uint32_t first, count;
    unsigned to, flags;
    uint8_t *out;
    size_t stride;
};

static uint32_t row_of(const struct order *order, uint32_t i)
{
    return order->rows ? order->rows[order->first + i] : order->first + i;
}

#define COPY_LOOP(type)                                                                                                \
    static void copy_##type(const uint8_t *data, const uint32_t *rows, uint32_t count, uint8_t *out, size_t stride)    \
    {                                                                                                                  \
        if (rows) {                                                                                                    \
            for (uint32_t i = 0; i < count; i++)                                                                       \
                memcpy(out + i * stride, data + (size_t)rows[i] * sizeof(type), sizeof(type));                         \
        } else {                                                                                                       \
            uint32_t i = 0;                                                                                            \
            for (; i + 4 <= count; i += 4, out += 4 * stride, data += 4 * sizeof(type)) {                              \
                memcpy(out, data, sizeof(type));                                                                       \
                memcpy(out + stride, data + sizeof(type), sizeof(type));                                               \
                memcpy(out + 2 * stride, data + 2 * sizeof(type), sizeof(type));                                       \
                memcpy(out + 3 * stride, data + 3 * sizeof(type), sizeof(type));                                       \
            }                                                                                                          \
            for (; i < count; i++, out += stride, data += sizeof(type))                                                \
                memcpy(out, data, sizeof(type));                                                                       \
        }                                                                                                              \
    }

COPY_LOOP(uint8_t)
COPY_LOOP(uint16_t)
COPY_LOOP(uint32_t)
COPY_LOOP(uint64_t)

static void copy_values(const struct order *order, const uint8_t *data, const uint32_t *rows)
{
    uint32_t size = order->column->value_size;

    if (!rows && order->stride == size)
        memcpy(order->out, data, (size_t)order->count * size);
    else if (size == 1)
        copy_uint8_t(data, rows, order->count, order->out, order->stride);
    else if (size == 2)
        copy_uint16_t(data, rows, order->count, order->out, order->stride);
    else if (size == 4)
        copy_uint32_t(data, rows, order->count, order->out, order->stride);
    else
        copy_uint64_t(data, rows, order->count, order->out, order->stride);
}

static void convert_values(const struct order *order, const uint8_t *data, const uint32_t *rows)
{
    const struct convert_loader *loader = &convert_loaders[order->column->type];
    convert_store_fn *store = convert_storer(loader->native, order->to, order->flags);
    struct convert_chunk chunk;

    for (uint32_t done = 0; done < order->count; done += CONVERT_CHUNK) {
        uint32_t count = order->count - done < CONVERT_CHUNK ? order->count - done : CONVERT_CHUNK;

        if (rows)
            loader->load(data, rows + done, count, chunk.bytes);
        else
            loader->load(data + (size_t)done * order->column->value_size, NULL, count, chunk.bytes);
        store(chunk.bytes, count, order->out + done * order->stride, order->stride);
    }
}

static void write_zero(const struct order *order, uint32_t i)
{
    memset(order->out + i * order->stride, 0, inferd_type_size(order->to));
}

// Reads inline text; zero where it is no value or there is none. Whether there was one.
static bool read_inline(const struct order *order, struct inferd_bytes text, uint32_t i)
{
    if (text.len && convert_inline_scalar(text, order->to, order->out + i * order->stride))
        return true;
    write_zero(order, i);
    return false;
}

static uint32_t read_texts(const struct order *order)
{
    convert_store_fn *store = convert_storer(CONVERT_F64, order->to, order->flags);
    const struct inferd_column *column = order->column;
    uint32_t missing = 0;

    for (uint32_t i = 0; i < order->count; i++) {
        uint32_t row = row_of(order, i);
        struct inferd_bytes text = inferd_column_get(column, row);
        double number;
        bool there;

        if (text.len == 0 && column->fallback) {
            there = read_inline(order, inferd_column_fall_back(column, row), i);
        } else if (column->flags & INFERD_COLUMN_INLINE) {
            there = read_inline(order, text, i);
        } else {
            there = text.len && convert_parse_f64(text, &number);
            if (there)
                store((const uint8_t *)&number, 1, order->out + i * order->stride, order->stride);
            else
                write_zero(order, i);
        }
        missing += !there;
    }
    return missing;
}

// Values of any length: their first bytes count, as they do to the original.
static uint32_t read_loose(const struct order *order)
{
    const struct inferd_column *column = order->column;
    uint32_t missing = 0;

    for (uint32_t i = 0; i < order->count; i++) {
        uint32_t row = row_of(order, i);
        struct inferd_bytes value = inferd_column_get(column, row);
        bool there;

        if (value.len == 0 && column->fallback)
            there = read_inline(order, inferd_column_fall_back(column, row), i);
        else
            there = convert_value(value, column->type, order->to, order->flags, order->out + i * order->stride);
        missing += !there;
    }
    return missing;
}

uint32_t convert_count_missing(const struct inferd_column *column, uint32_t first, uint32_t count)
{
    uint32_t missing = 0;

    for (uint32_t row = first, end = first + count; row < end;) {
        uint64_t gaps = ~column->valid[row >> 6] >> (row & 63);
        uint32_t bits = 64 - (row & 63);

        if (bits > end - row) {
            bits = end - row;
            gaps &= (UINT64_C(1) << bits) - 1;
        }
        if (gaps)
            missing += (uint32_t)__builtin_popcountll(gaps);
        row += bits;
    }
    return missing;
}

static uint32_t count_missing(const struct order *order)
{
    const struct inferd_column *column = order->column;
    uint32_t there = 0;

    if (!order->rows)
        return convert_count_missing(column, order->first, order->count);
    // Most columns are full, which is seen faster than row by row.
    if (column->rows / 64 < order->count && convert_count_missing(column, 0, column->rows) == 0)
        return 0;
    for (uint32_t i = 0; i < order->count; i++)
        there += inferd_column_has(column, order->rows[order->first + i]);
    return order->count - there;
}

// Reads what is missing from the fallback. How many are missing still.
static uint32_t fall_back(const struct order *order, uint32_t missing)
{
    for (uint32_t i = 0; i < order->count; i++) {
        uint32_t row = row_of(order, i);

        if (!inferd_column_has(order->column, row))
            missing -= read_inline(order, inferd_column_fall_back(order->column, row), i);
    }
    return missing;
}

uint32_t convert_scalars(const struct inferd_column *column, const uint32_t *rows, uint32_t first, uint32_t count,
                         unsigned to, unsigned flags, void *out, size_t stride)
{
    const struct order order = {column, rows, first, count, to, flags, out, stride};
    const uint8_t *data = column->data;
    uint32_t missing;

    ALWAYS(inferd_type_size(to) && stride >= inferd_type_size(to));
    if (column->type == INFERD_TYPE_STRING)
        return read_texts(&order);
    if (inferd_type_size(column->type) == 0) {
        for (uint32_t i = 0; i < count; i++)
            write_zero(&order, i);
        return count;
    }
    if (column->value_size == 0)
        return read_loose(&order);
    ALWAYS(column->value_size == inferd_type_size(column->type));
    if (rows)
        rows += first;
    else
        data += (size_t)first * column->value_size;
    if (column->type == to && !(flags & INFERD_CONVERT_ALWAYS))
        copy_values(&order, data, rows);
    else
        convert_values(&order, data, rows);
    missing = count_missing(&order);
    return missing && column->fallback ? fall_back(&order, missing) : missing;
}
