// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Messages of every.proto by protobuf-c's descriptors: made at random, written with the SDK's wire writer and read with
// its reader into protobuf-c's structs, so that they can be compared with what protobuf-c makes.
#ifndef TESTS_UNIT_SDK_EVERY_H
#define TESTS_UNIT_SDK_EVERY_H

#include <stdbool.h>
#include <inferd/wire.h>
#include "tests/unit/sdk/every.pb-c.h"

extern uint64_t random_seed;
uint64_t random_next(void);
size_t random_below(size_t bound);

// every_fields.c: values in protobuf-c's structs.
size_t every_value_size(ProtobufCType type);
enum inferd_wire_type every_wire_type(ProtobufCType type);
// What stands on the wire for a number, and the other way.
uint64_t every_bits(ProtobufCType type, const void *at);
void every_store_bits(ProtobufCType type, uint64_t bits, void *at);
// Room for one more value of a repeated field, or the place of a singular one.
void *every_place(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field);
void every_set_bytes(const ProtobufCFieldDescriptor *field, struct inferd_bytes bytes, void *at);

// every_random.c; free with protobuf_c_message_free_unpacked().
ProtobufCMessage *every_new(void);
ProtobufCMessage *every_random(unsigned depth);

// every_writer.c
size_t every_size(const ProtobufCMessage *message);
uint8_t *every_put(uint8_t *at, const ProtobufCMessage *message);

// every_reader.c
// Why protobuf-c may be of another opinion.
struct opinion {
    bool groups; // it knows none
    bool loose;  // it takes varints of over 64 bits, tags of over 32 bits or with field number 0, anything for a bool
    bool tight;  // it takes lengths of 5 bytes at most
};

// The message, or NULL where the bytes are none; unknown fields are dropped.
ProtobufCMessage *every_read(struct inferd_bytes bytes, struct opinion *opinion);

// every_compare.c
struct every_packed {
    uint8_t *data; // NULL: no memory
    size_t len;
};

struct every_packed every_pack(const ProtobufCMessage *message); // by protobuf-c; free data
// How the two read bytes differently where protobuf-c's opinion counts, or NULL. 'taken': they are a message.
const char *every_compare(struct inferd_bytes bytes, struct opinion *opinion, bool *taken);

#endif
