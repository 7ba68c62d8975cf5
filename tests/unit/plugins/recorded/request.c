// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Decodes the requests of Predict and RetrieveModelScore into what a root component sees. Only of what the recordings
// hold: a host's reader has more to check.
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <inferd/wire.h>
#include "case.h"

#define MOST 4096 // fields of one number in a message

struct fields {
    size_t count;
    struct inferd_wire_field field[MOST];
};

// All fields of a number, in their order.
static void find(struct inferd_bytes message, uint32_t number, struct fields *fields)
{
    struct inferd_wire_reader reader = inferd_wire_read(message);
    struct inferd_wire_field field;

    fields->count = 0;
    while (inferd_wire_next(&reader, &field)) {
        if (field.tag >> 3 != number)
            continue;
        assert_true(fields->count < MOST);
        fields->field[fields->count++] = field;
    }
    assert_false(reader.bad);
}

static struct inferd_wire_field last(struct inferd_bytes message, uint32_t number)
{
    static struct fields found;

    find(message, number, &found);
    return found.count ? found.field[found.count - 1] : (struct inferd_wire_field){0};
}

static void *zeroed(size_t count, size_t size)
{
    void *memory = calloc(count + 1, size);

    assert_non_null(memory);
    return memory;
}

static struct inferd_input *add_input(struct inferd_request *request, struct inferd_bytes name, unsigned role,
                                      uint64_t type, size_t count)
{
    struct inferd_input *inputs = realloc((void *)request->input, (request->inputs + 1) * sizeof(*inputs));
    struct inferd_input *input;

    assert_non_null(inputs);
    request->input = inputs;
    input = &inputs[request->inputs++];
    *input = (struct inferd_input){name, (uint16_t)role, (uint16_t)type, (uint32_t)count,
                                   zeroed(count, sizeof(struct inferd_bytes))};
    return input;
}

// A schema's names, each with the values that stand in its place in each of the items.
static void add_values(struct inferd_request *request, unsigned role, const struct fields *schema,
                       const struct fields *items, uint32_t values_number)
{
    static struct fields values;
    uint32_t first = request->inputs;

    for (size_t s = 0; s < schema->count; s++)
        add_input(request, last(schema->field[s].bytes, 1).bytes, role, last(schema->field[s].bytes, 2).value,
                  items->count);
    for (size_t i = 0; i < items->count; i++) {
        find(items->field[i].bytes, values_number, &values);
        for (size_t s = 0; s < schema->count && s < values.count; s++)
            request->input[first + s].cells[i] = values.field[s].bytes;
    }
}

static void add_context(struct inferd_request *request, struct inferd_bytes message)
{
    static struct fields context;

    find(message, 3, &context);
    for (size_t i = 0; i < context.count; i++) {
        struct inferd_bytes one = context.field[i].bytes;

        add_input(request, last(one, 1).bytes, INFERD_INPUT_CONTEXT, last(one, 3).value, 1)->cells[0] =
            last(one, 2).bytes;
    }
}

static uint32_t add_indexes(uint32_t *targets, uint32_t count, struct inferd_bytes slate, bool pair)
{
    static struct fields indexes;
    uint64_t value;

    if (pair) {
        targets[count] = (uint32_t)last(slate, 1).value;
        targets[count + 1] = (uint32_t)last(slate, 2).value;
        return count + 2;
    }
    find(slate, 1, &indexes);
    for (size_t i = 0; i < indexes.count; i++) {
        struct inferd_wire_reader numbers = inferd_wire_numbers(&indexes.field[i]);

        while (inferd_wire_varint(&numbers, &value))
            targets[count++] = (uint32_t)value;
    }
    return count;
}

static void add_slates(struct inferd_request *request, struct inferd_bytes message, bool pair)
{
    static struct fields schema, slates;
    uint32_t *offsets, *targets, count = 0;

    find(message, 5, &schema);
    find(message, 6, &slates);
    request->slates = (uint32_t)slates.count;
    offsets = zeroed(slates.count + 1, sizeof(*offsets));
    targets = zeroed(MOST, sizeof(*targets));
    for (size_t i = 0; i < slates.count; i++) {
        count = add_indexes(targets, count, slates.field[i].bytes, pair);
        offsets[i + 1] = count;
    }
    request->slate_offsets = offsets;
    request->slate_targets = targets;
    add_values(request, INFERD_INPUT_SLATE, &schema, &slates, pair ? 3 : 2);
}

static void decode_predict(struct inferd_request *request, struct inferd_bytes message)
{
    static struct fields schema, targets;

    add_context(request, message);
    find(message, 4, &schema);
    find(message, request->form == INFERD_POINTWISE ? 5 : 7, &targets);
    request->targets = (uint32_t)targets.count;
    request->ids = zeroed(targets.count, sizeof(*request->ids));
    for (size_t i = 0; i < targets.count; i++)
        request->ids[i] = last(targets.field[i].bytes, 1).bytes;
    add_values(request, INFERD_INPUT_TARGET, &schema, &targets, 2);
    if (request->form != INFERD_POINTWISE)
        add_slates(request, message, request->form == INFERD_PAIRWISE);
}

static void add_texts(struct inferd_request *request, struct inferd_bytes message, unsigned role)
{
    static struct fields values;
    struct inferd_input *input;

    find(message, 2, &values);
    input = add_input(request, last(message, 1).bytes, role, INFERD_TYPE_UNKNOWN, values.count);
    for (size_t i = 0; i < values.count; i++)
        input->cells[i] = values.field[i].bytes;
}

static void decode_entities(struct inferd_request *request, struct inferd_bytes message)
{
    static struct fields entities, features;

    find(message, 1, &entities);
    for (size_t i = 0; i < entities.count; i++) {
        add_texts(request, entities.field[i].bytes, INFERD_INPUT_ENTITY);
        find(entities.field[i].bytes, 3, &features);
        for (size_t k = 0; k < features.count; k++)
            add_texts(request, features.field[k].bytes, INFERD_INPUT_FEATURE);
    }
}

void recorded_decode_request(const char *method, struct inferd_bytes message, struct inferd_request *request)
{
    // The original takes all values for texts.
    *request = (struct inferd_request){.size = sizeof(*request), .form = INFERD_ENTITIES, .texts = 1};
    if (strstr(method, "PointWise"))
        request->form = INFERD_POINTWISE;
    else if (strstr(method, "PairWise"))
        request->form = INFERD_PAIRWISE;
    else if (strstr(method, "SlateWise"))
        request->form = INFERD_SLATEWISE;
    if (request->form == INFERD_ENTITIES)
        decode_entities(request, message);
    else
        decode_predict(request, message);
}

void recorded_free_request(struct inferd_request *request)
{
    for (uint32_t i = 0; i < request->inputs; i++)
        free(request->input[i].cells);
    free((void *)request->input);
    free(request->ids);
    free((void *)request->slate_offsets);
    free((void *)request->slate_targets);
}
