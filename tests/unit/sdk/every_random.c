// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Messages at random, the same ones in every run.
#include "every.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

uint64_t random_seed;

uint64_t random_next(void)
{
    random_seed ^= random_seed << 13;
    random_seed ^= random_seed >> 7;
    random_seed ^= random_seed << 17;
    return random_seed;
}

size_t random_below(size_t bound)
{
    return (size_t)(random_next() >> 11) % bound;
}

// Numbers of all sizes.
static uint64_t random_bits(void)
{
    uint64_t bits = random_next() >> random_below(64);

    return random_below(4) ? bits : -bits;
}

ProtobufCMessage *every_new(void)
{
    Test__Every *every = malloc(sizeof(*every));

    assert_non_null(every);
    test__every__init(every);
    return &every->base;
}

static void add_random_value(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, unsigned depth)
{
    uint8_t text[200];
    size_t len = random_below(4) ? random_below(8) : random_below(sizeof(text));

    if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
        ProtobufCMessage *inner;

        if (depth == 0)
            return;
        inner = every_random(depth - 1);
        memcpy(every_place(message, field), &inner, sizeof(inner));
        return;
    }
    if (every_wire_type(field->type) != INFERD_WIRE_BYTES) {
        every_store_bits(field->type, random_bits(), every_place(message, field));
        return;
    }
    for (size_t i = 0; i < len; i++)
        text[i] = (uint8_t)(field->type == PROTOBUF_C_TYPE_STRING ? 'a' + random_below(26) : random_below(256));
    every_set_bytes(field, (struct inferd_bytes){text, len}, every_place(message, field));
}

ProtobufCMessage *every_random(unsigned depth)
{
    ProtobufCMessage *message = every_new();
    size_t sparse = 1 + random_below(8);

    for (unsigned f = 0; f < message->descriptor->n_fields; f++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[f];
        size_t count = random_below(sparse) ? 0 : field->label == PROTOBUF_C_LABEL_REPEATED ? random_below(6) : 1;

        while (count--)
            add_random_value(message, field, depth);
    }
    return message;
}
