// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// ModelInferResponse{outputs=5{name=1, datatype=2, shape=3, contents=5}, raw_output_contents=6}. Outputs are found by
// name. Their elements are in raw_output_contents, in the order of the outputs, or in each output's contents; servers
// send either, and some an empty contents beside raw ones.
#include "reply.h"

#include <inferd/wire.h>

#define OUTPUT INFERD_WIRE_TAG(5, INFERD_WIRE_BYTES)
#define RAW INFERD_WIRE_TAG(6, INFERD_WIRE_BYTES)

struct header {
    struct inferd_bytes name, datatype, contents;
    uint64_t rows, width;
};

static bool read_shape(const struct inferd_wire_field *field, struct header *header, uint32_t *dims)
{
    struct inferd_wire_reader numbers = inferd_wire_numbers(field);
    uint64_t size;

    while (inferd_wire_varint(&numbers, &size)) {
        if (size > INT32_MAX || (*dims && header->width * size > INT32_MAX))
            return false;
        if (*dims == 0)
            header->rows = size;
        else
            header->width *= size;
        ++*dims;
    }
    return !numbers.bad;
}

static bool read_header(struct header *header, struct inferd_bytes message)
{
    struct inferd_wire_reader fields = inferd_wire_read(message);
    struct inferd_wire_field field;
    uint32_t dims = 0;

    *header = (struct header){.width = 1};
    while (inferd_wire_next(&fields, &field)) {
        switch (field.tag) {
        case INFERD_WIRE_TAG(1, INFERD_WIRE_BYTES):
            header->name = field.bytes;
            break;
        case INFERD_WIRE_TAG(2, INFERD_WIRE_BYTES):
            header->datatype = field.bytes;
            break;
        case INFERD_WIRE_TAG(3, INFERD_WIRE_BYTES):
        case INFERD_WIRE_TAG(3, INFERD_WIRE_VARINT):
            if (!read_shape(&field, header, &dims))
                return false;
            break;
        case INFERD_WIRE_TAG(5, INFERD_WIRE_BYTES):
            header->contents = field.bytes;
            break;
        }
    }
    return !fields.bad;
}

static unsigned type_of(const struct predator *predator, struct inferd_bytes datatype)
{
    char name[16];
    unsigned type;

    if (datatype.len >= sizeof(name))
        return INFERD_TYPE_UNKNOWN;
    if (datatype.len)
        memcpy(name, datatype.data, datatype.len);
    name[datatype.len] = '\0';
    if (strcmp(name, "BF16") == 0)
        return PREDATOR_BF16;
    type = predator->convert->type_of(name);
    return inferd_type_is_vector(type) ? INFERD_TYPE_UNKNOWN : type;
}

// A tensor of the reply, its place among them known, goes to each output of that name.
static bool take_tensor(const struct predator *predator, struct inferd_step *step, const struct header *header,
                        struct inferd_bytes data, bool raw, struct predator_result *results)
{
    unsigned type = type_of(predator, header->datatype);

    for (uint32_t o = 0; o < predator->output_count; o++) {
        if (!inferd_bytes_equal(predator->outputs[o].name, header->name))
            continue;
        if (!raw)
            data = predator_contents(predator, step, type, header->contents);
        if (!raw && !data.data)
            return false;
        results[o] = (struct predator_result){true, type, header->rows, header->width, data};
    }
    return true;
}

static bool next_raw(struct inferd_wire_reader *fields, struct inferd_bytes *raw)
{
    struct inferd_wire_field field;

    while (inferd_wire_next(fields, &field)) {
        if (field.tag == RAW) {
            *raw = field.bytes;
            return true;
        }
    }
    return false;
}

const char *predator_reply_read(const struct predator *predator, struct inferd_step *step, struct inferd_bytes reply,
                                struct predator_result *results)
{
    struct inferd_wire_reader fields = inferd_wire_read(reply), raws = inferd_wire_read(reply);
    struct inferd_wire_field field;
    struct inferd_bytes data = {NULL, 0};
    struct header header;
    bool raw = next_raw(&raws, &data), any_raw = raw;

    memset(results, 0, predator->output_count * sizeof(*results));
    while (inferd_wire_next(&fields, &field)) {
        if (field.tag != OUTPUT)
            continue;
        if (!read_header(&header, field.bytes))
            return "its reply is malformed";
        if ((raw || !any_raw) && !take_tensor(predator, step, &header, data, raw, results))
            return "no memory for its reply";
        raw = raw && next_raw(&raws, &data);
    }
    return fields.bad || raws.bad ? "its reply is malformed" : NULL;
}
