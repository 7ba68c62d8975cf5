// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Reading tensors. Raw elements lie little-endian one after the other, texts with a four-byte length in front; typed
// ones are in the field of InferTensorContents that their datatype calls for.
#include "tensor.h"

#include "number.h"

#include <math.h>
#include <inferd/types.h>
#include <inferd/wire.h>

enum { TENSOR_NAME = 1, TENSOR_DATATYPE = 2, TENSOR_SHAPE = 3, TENSOR_CONTENTS = 5 };

// A tensor larger than this is a mistake.
#define MOST_ELEMENTS (1 << 28)

// How a datatype's elements look, raw and typed.
struct datatype {
    const char *name;
    unsigned type;                 // enum inferd_type
    size_t size;                   // of a raw element; 0: a length and so many bytes
    uint32_t field;                // of InferTensorContents; 0: never typed
    enum inferd_wire_type element; // how that field's elements are encoded
};

static const struct datatype datatypes[] = {
    {"BOOL", INFERD_TYPE_BOOL, 1, 1, INFERD_WIRE_VARINT},     {"INT8", INFERD_TYPE_INT8, 1, 2, INFERD_WIRE_VARINT},
    {"INT16", INFERD_TYPE_INT16, 2, 2, INFERD_WIRE_VARINT},   {"INT32", INFERD_TYPE_INT32, 4, 2, INFERD_WIRE_VARINT},
    {"INT64", INFERD_TYPE_INT64, 8, 3, INFERD_WIRE_VARINT},   {"UINT8", INFERD_TYPE_UINT8, 1, 4, INFERD_WIRE_VARINT},
    {"UINT16", INFERD_TYPE_UINT16, 2, 4, INFERD_WIRE_VARINT}, {"UINT32", INFERD_TYPE_UINT32, 4, 4, INFERD_WIRE_VARINT},
    {"UINT64", INFERD_TYPE_UINT64, 8, 5, INFERD_WIRE_VARINT}, {"FP16", INFERD_TYPE_FP16, 2, 0, INFERD_WIRE_FIXED32},
    {"FP32", INFERD_TYPE_FP32, 4, 6, INFERD_WIRE_FIXED32},    {"FP64", INFERD_TYPE_FP64, 8, 7, INFERD_WIRE_FIXED64},
    {"BYTES", INFERD_TYPE_STRING, 0, 8, INFERD_WIRE_BYTES},
};

static const struct datatype *find_datatype(struct inferd_bytes name)
{
    for (size_t i = 0; i < sizeof datatypes / sizeof *datatypes; i++)
        if (inferd_bytes_equal(name, inferd_bytes_of(datatypes[i].name)))
            return &datatypes[i];
    return NULL;
}

static bool add_dimension(struct tensor *tensor, bool *is_first, uint64_t dimension)
{
    if (*is_first)
        tensor->rows = dimension;
    else
        tensor->width *= dimension;
    *is_first = false;
    return dimension <= MOST_ELEMENTS && tensor->width <= MOST_ELEMENTS;
}

const char *tensor_read(struct inferd_bytes message, struct tensor *tensor, struct arena *arena)
{
    struct inferd_wire_reader in = inferd_wire_read(message), shape;
    uint64_t dimension;
    struct inferd_wire_field field;
    bool is_first = true, good = true;

    *tensor = (struct tensor){.width = 1};
    while (inferd_wire_next(&in, &field)) {
        switch (field.tag) {
        case INFERD_WIRE_TAG(TENSOR_NAME, INFERD_WIRE_BYTES):
            tensor->name = field.bytes;
            break;
        case INFERD_WIRE_TAG(TENSOR_DATATYPE, INFERD_WIRE_BYTES):
            tensor->datatype = field.bytes;
            break;
        case INFERD_WIRE_TAG(TENSOR_CONTENTS, INFERD_WIRE_BYTES):
            tensor->contents = field.bytes;
            tensor->has_contents = true;
            break;
        case INFERD_WIRE_TAG(TENSOR_SHAPE, INFERD_WIRE_VARINT):
        case INFERD_WIRE_TAG(TENSOR_SHAPE, INFERD_WIRE_BYTES):
            for (shape = inferd_wire_numbers(&field); inferd_wire_varint(&shape, &dimension);)
                good = add_dimension(tensor, &is_first, dimension) && good;
            in.bad |= shape.bad;
            break;
        }
    }
    if (in.bad)
        return "is no tensor";
    if (is_first)
        return "has no shape";
    if (!good || tensor->rows * tensor->width > MOST_ELEMENTS)
        return "has a shape that is negative or too large";
    if (!find_datatype(tensor->datatype))
        return arena_printf(arena, "has datatype '%.*s', which is none of the protocol's", (int)tensor->datatype.len,
                            (const char *)tensor->datatype.data);
    return NULL;
}

// By hand: not every compiler has a type for it on every machine.
static float half_to_float(uint16_t bits)
{
    int exponent = bits >> 10 & 0x1f, fraction = bits & 0x3ff;
    float size;

    if (exponent == 0x1f)
        size = fraction ? NAN : INFINITY;
    else if (exponent)
        size = ldexpf((float)(fraction | 0x400), exponent - 25);
    else
        size = ldexpf((float)fraction, -24);
    return bits & 0x8000 ? -size : size;
}

// A number from its bits; narrow integers are in the low ones.
static float to_float(unsigned type, uint64_t bits)
{
    float single;
    double real;

    switch (type) {
    case INFERD_TYPE_INT8:
        return (float)(int8_t)bits;
    case INFERD_TYPE_INT16:
        return (float)(int16_t)bits;
    case INFERD_TYPE_INT32:
        return (float)(int32_t)bits;
    case INFERD_TYPE_INT64:
        return (float)(int64_t)bits;
    case INFERD_TYPE_FP16:
        return half_to_float((uint16_t)bits);
    case INFERD_TYPE_FP32:
        memcpy(&single, &bits, sizeof single);
        return single;
    case INFERD_TYPE_FP64:
        memcpy(&real, &bits, sizeof real);
        return (float)real;
    default:
        return (float)bits;
    }
}

// Where elements go, and how many came.
struct sink {
    const struct tensor *tensor;
    float *out;
    size_t stride, n;
};

static void put(struct sink *sink, float value)
{
    size_t row = sink->n / sink->tensor->width, at = sink->n % sink->tensor->width;

    if (sink->n++ < sink->tensor->rows * sink->tensor->width)
        sink->out[row * sink->stride + at] = value;
}

static const char *put_text(struct sink *sink, struct inferd_bytes text, struct arena *arena)
{
    float value;

    if (!number_read_float(text, &value))
        return arena_printf(arena, "holds '%.*s'; this model wants numbers", text.len < 64 ? (int)text.len : 64,
                            (const char *)text.data);
    put(sink, value);
    return NULL;
}

static const char *read_raw(struct sink *sink, const struct datatype *datatype, struct inferd_bytes raw,
                            struct arena *arena)
{
    size_t n = sink->tensor->rows * sink->tensor->width;
    const char *problem = NULL;
    uint64_t bits = 0;

    if (datatype->size > 0) {
        if (raw.len != n * datatype->size)
            return arena_printf(arena, "has %zu raw bytes; its shape and datatype say %zu", raw.len,
                                n * datatype->size);
        for (size_t i = 0; i < n; i++) {
            memcpy(&bits, raw.data + i * datatype->size, datatype->size);
            put(sink, to_float(datatype->type, bits));
        }
        return NULL;
    }
    while (raw.len > 0 && !problem) {
        uint32_t len;

        if (raw.len < sizeof len || (memcpy(&len, raw.data, sizeof len), raw.len - sizeof len < len))
            return "has raw bytes that end within an element";
        problem = put_text(sink, (struct inferd_bytes){raw.data + sizeof len, len}, arena);
        raw.data += sizeof len + len;
        raw.len -= sizeof len + len;
    }
    return problem;
}

// Reads one field of typed contents: an element, or many that are packed.
static const char *read_typed(struct sink *sink, const struct datatype *datatype, const struct inferd_wire_field *field,
                              struct arena *arena)
{
    struct inferd_wire_reader numbers = inferd_wire_numbers(field);
    unsigned type = field->tag & 7;
    uint32_t bits32;
    uint64_t bits;

    if (type != INFERD_WIRE_BYTES && type != datatype->element)
        return "has contents of another datatype";
    switch (datatype->element) {
    case INFERD_WIRE_BYTES:
        return put_text(sink, field->bytes, arena);
    case INFERD_WIRE_FIXED32:
        while (inferd_wire_fixed32(&numbers, &bits32))
            put(sink, to_float(datatype->type, bits32));
        break;
    case INFERD_WIRE_FIXED64:
        while (inferd_wire_fixed64(&numbers, &bits))
            put(sink, to_float(datatype->type, bits));
        break;
    default:
        while (inferd_wire_varint(&numbers, &bits))
            put(sink, to_float(datatype->type, bits));
    }
    return numbers.bad ? "has contents that end within an element" : NULL;
}

const char *tensor_floats(const struct tensor *tensor, const struct inferd_bytes *raw, float *out, size_t stride,
                          struct arena *arena)
{
    const struct datatype *datatype = find_datatype(tensor->datatype);
    struct sink sink = {tensor, out, stride, 0};
    struct inferd_wire_reader in = inferd_wire_read(tensor->contents);
    struct inferd_wire_field field;
    const char *problem = NULL;

    if (tensor->rows * tensor->width == 0)
        return NULL;
    if (raw)
        problem = read_raw(&sink, datatype, *raw, arena);
    else if (datatype->field == 0)
        return "has a datatype that only goes as raw bytes";
    while (!raw && !problem && inferd_wire_next(&in, &field))
        if (field.tag >> 3 == datatype->field)
            problem = read_typed(&sink, datatype, &field, arena);
    if (problem)
        return problem;
    if (in.bad)
        return "has contents that are no message";
    if (sink.n != tensor->rows * tensor->width)
        return arena_printf(arena, "has %zu elements; its shape says %zu", sink.n, tensor->rows * tensor->width);
    return NULL;
}
