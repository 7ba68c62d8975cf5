// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// NumerixResponseProto: computation_score_data=1{computation_scores=2{byte_data=2{values=1}}} or error=2{message=1}.
// The second value of a row is its score, an FP32 or FP64.
#include "reply.h"

#include <inferd/wire.h>

#define DATA INFERD_WIRE_TAG(1, INFERD_WIRE_BYTES)
#define ERROR INFERD_WIRE_TAG(2, INFERD_WIRE_BYTES)
#define SCORE INFERD_WIRE_TAG(2, INFERD_WIRE_BYTES)
#define BYTE_DATA INFERD_WIRE_TAG(2, INFERD_WIRE_BYTES)
#define VALUE INFERD_WIRE_TAG(1, INFERD_WIRE_BYTES)

struct writer {
    const struct numerix *numerix;
    struct inferd_step *step;
    struct inferd_column *column;
    uint32_t bad_first, bad_count; // rows without a score, not yet marked
};

// The last field of a message with that tag. False: it has none, or is none.
static bool find_field(struct inferd_bytes message, uint32_t tag, struct inferd_bytes *found)
{
    struct inferd_wire_reader fields = inferd_wire_read(message);
    struct inferd_wire_field field;
    bool any = false;

    while (inferd_wire_next(&fields, &field)) {
        if (field.tag == tag) {
            *found = field.bytes;
            any = true;
        }
    }
    return any && !fields.bad;
}

static bool second_value(struct inferd_bytes score, struct inferd_bytes *value)
{
    struct inferd_wire_reader fields;
    struct inferd_wire_field field;
    struct inferd_bytes values;
    uint32_t count = 0;

    if (!find_field(score, BYTE_DATA, &values))
        return false;
    fields = inferd_wire_read(values);
    while (inferd_wire_next(&fields, &field)) {
        if (field.tag == VALUE && ++count == 2) {
            *value = field.bytes;
            return true;
        }
    }
    return false;
}

bool numerix_score_set(const struct numerix *numerix, struct inferd_step *step, struct inferd_column *column,
                       uint32_t row, struct inferd_bytes value)
{
    const struct inferd_convert *convert = numerix->convert;
    unsigned element = inferd_type_element(column->type);
    uint32_t size = inferd_type_size(element);
    uint8_t *converted;

    if (value.len != numerix->number_size)
        return false;
    if (column->type == numerix->number)
        return inferd_column_set(column, row, value);
    if (size == 0)
        return inferd_column_set(column, row, convert->value_text(step, value, numerix->number));
    converted = numerix->host->alloc(step, size);
    return converted && convert->value(value, numerix->number, element, numerix->convert_flags, converted) &&
           inferd_column_set(column, row, (struct inferd_bytes){converted, size});
}

static void mark_bad(struct writer *writer)
{
    if (writer->bad_count)
        writer->numerix->host->fail_rows(writer->step, writer->numerix->space, writer->bad_first, writer->bad_count,
                                         INFERD_INTERNAL, "expression %s on %s: the reply has no score for the row",
                                         writer->numerix->options->compute_id, writer->numerix->address);
    writer->bad_count = 0;
}

static void add_bad(struct writer *writer, uint32_t row)
{
    if (writer->bad_count == 0)
        writer->bad_first = row;
    writer->bad_count++;
}

const char *numerix_reply_read(const struct numerix *numerix, struct inferd_step *step, struct inferd_bytes reply,
                               uint32_t first, uint32_t count, struct inferd_bytes *text)
{
    struct writer writer = {.numerix = numerix, .step = step, .column = step->columns[numerix->score]};
    struct inferd_bytes data, error, value;
    struct inferd_wire_reader fields;
    struct inferd_wire_field field;
    uint32_t row = 0;

    if (find_field(reply, ERROR, &error)) {
        find_field(error, INFERD_WIRE_TAG(1, INFERD_WIRE_BYTES), text);
        return "the server answers an error";
    }
    if (!find_field(reply, DATA, &data))
        return "its reply is malformed or has no scores";
    fields = inferd_wire_read(data);
    while (row < count && inferd_wire_next(&fields, &field)) {
        if (field.tag != SCORE)
            continue;
        if (second_value(field.bytes, &value) && numerix_score_set(numerix, step, writer.column, first + row, value))
            mark_bad(&writer);
        else
            add_bad(&writer, first + row);
        row++;
    }
    if (row == 0 && count)
        return fields.bad ? "its reply is malformed" : "its reply has no scores";
    for (; row < count; row++)
        add_bad(&writer, first + row);
    mark_bad(&writer);
    return NULL;
}
