// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Writes a protobuf message whose size isn't known beforehand, into a buffer that grows. (Where it is, and speed counts
// for more than ease, <inferd/wire.h> writes without a buffer of its own.)
#ifndef SANDBOX_WRITER_H
#define SANDBOX_WRITER_H

#include <inferd/wire.h>

#include <stdlib.h>

enum { WRITER_MAX_HEAD = 20 }; // a tag and a length, or a tag and a number

struct writer {
    uint8_t *data; // free() it
    size_t size, room;
    bool failed; // memory ran out; what is written from then on is lost
};

// Where so many more bytes go; NULL when there is no room for them.
static inline uint8_t *writer_reserve(struct writer *writer, size_t size)
{
    if (writer->room - writer->size < size && !writer->failed) {
        size_t room = 2 * writer->room + size + 256;
        uint8_t *data = realloc(writer->data, room);

        writer->failed = data == NULL;
        if (data) {
            writer->data = data;
            writer->room = room;
        }
    }
    return writer->failed ? NULL : writer->data + writer->size;
}

static inline void writer_put_number(struct writer *writer, uint32_t number, uint64_t value)
{
    uint8_t *at = writer_reserve(writer, WRITER_MAX_HEAD);

    if (at)
        writer->size = (size_t)(inferd_wire_put_number(at, number, value) - writer->data);
}

// Begins a field of so many bytes, which the caller then writes to the place returned (NULL: no memory).
static inline uint8_t *writer_put_space(struct writer *writer, uint32_t number, size_t size)
{
    uint8_t *at = writer_reserve(writer, size + WRITER_MAX_HEAD);

    if (!at)
        return NULL;
    at = inferd_wire_put_head(at, number, size);
    writer->size = (size_t)(at - writer->data) + size;
    return at;
}

static inline void writer_put_bytes(struct writer *writer, uint32_t number, struct inferd_bytes bytes)
{
    uint8_t *at = writer_put_space(writer, number, bytes.len);

    if (at && bytes.len > 0)
        memcpy(at, bytes.data, bytes.len);
}

static inline void writer_put_string(struct writer *writer, uint32_t number, const char *text)
{
    writer_put_bytes(writer, number, inferd_bytes_of(text));
}

// A nested message: what is written between begin and end becomes its content.
static inline size_t writer_begin(struct writer *writer, uint32_t number)
{
    writer_put_space(writer, number, 0); // its length, a single byte as long as that does
    return writer->size;
}

static inline void writer_end(struct writer *writer, size_t begin)
{
    size_t size = writer->size - begin, length = inferd_wire_varint_size(size);

    if (!writer_reserve(writer, length))
        return;
    if (length > 1)
        memmove(writer->data + begin + length - 1, writer->data + begin, size);
    inferd_wire_put_varint(writer->data + begin - 1, size);
    writer->size += length - 1;
}

#endif
