// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Builds protobuf messages for tests, field by field.
#ifndef TEST_MESSAGE_H
#define TEST_MESSAGE_H

#include <assert.h>
#include <inferd/wire.h>

struct message {
    size_t len;
    uint8_t data[16384];
};

static inline struct inferd_bytes bytes_of(const struct message *message)
{
    return (struct inferd_bytes){message->data, message->len};
}

static inline void put_bytes(struct message *message, uint32_t number, struct inferd_bytes bytes)
{
    assert(message->len + inferd_wire_bytes_size(number, bytes.len) <= sizeof(message->data));
    message->len = (size_t)(inferd_wire_put_bytes(message->data + message->len, number, bytes) - message->data);
}

static inline void put_text(struct message *message, uint32_t number, const char *text)
{
    put_bytes(message, number, inferd_bytes_of(text));
}

static inline void put_message(struct message *message, uint32_t number, const struct message *inner)
{
    put_bytes(message, number, bytes_of(inner));
}

static inline void put_number(struct message *message, uint32_t number, uint64_t value)
{
    assert(message->len + 20 <= sizeof(message->data));
    message->len = (size_t)(inferd_wire_put_number(message->data + message->len, number, value) - message->data);
}

static inline void put_packed(struct message *message, uint32_t number, const int64_t *values, size_t count)
{
    assert(message->len + 10 * count + 10 <= sizeof(message->data));
    message->len =
        (size_t)(inferd_wire_put_packed(message->data + message->len, number, values, count) - message->data);
}

// Views of an array, and of a literal without its terminator (it may hold others).
#define BYTES(array) ((struct inferd_bytes){(const uint8_t *)(array), sizeof(array)})
#define LITERAL(text) ((struct inferd_bytes){(const uint8_t *)(text), sizeof(text) - 1})

#endif
