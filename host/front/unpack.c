// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// gzip and deflate, the two that gRPC has, by zlib.
#include "front/unpack.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>
#include <inferd/status.h>

#define EITHER_HEADER 32 // zlib tells gzip's from its own

struct unpacked {
    uint8_t *data;
    size_t len, capacity, most;
};

static int refuse(int status, const char *text, char *error, size_t size)
{
    snprintf(error, size, "%s", text);
    return status;
}

static int refuse_size(size_t most, char *error, size_t size)
{
    snprintf(error, size, "received message larger than max: it has more than %zu bytes once it is unpacked", most);
    return INFERD_RESOURCE_EXHAUSTED;
}

// Room for more, one byte beyond the limit at most, so that it can be seen to be passed.
static bool grow(struct unpacked *out, size_t packed)
{
    size_t capacity = out->capacity ? 2 * out->capacity : 4 * packed + 256;
    uint8_t *data;

    if (capacity > out->most + 1)
        capacity = out->most + 1;
    data = realloc(out->data, capacity);
    if (!data)
        return false;
    out->data = data;
    out->capacity = capacity;
    return true;
}

// Z_STREAM_END: the message is whole; Z_BUF_ERROR: it is too large; else what zlib says.
static int inflate_all(z_stream *stream, grpc_slice packed, struct unpacked *out)
{
    int result = Z_OK;

    stream->next_in = (Bytef *)GRPC_SLICE_START_PTR(packed);
    stream->avail_in = (uInt)GRPC_SLICE_LENGTH(packed);
    do {
        if (out->len > out->most)
            return Z_BUF_ERROR;
        if (out->len == out->capacity && !grow(out, GRPC_SLICE_LENGTH(packed)))
            return Z_MEM_ERROR;
        stream->next_out = out->data + out->len;
        stream->avail_out = (uInt)(out->capacity - out->len);
        result = inflate(stream, Z_NO_FLUSH);
        out->len = out->capacity - stream->avail_out;
    } while (result == Z_OK && (stream->avail_in > 0 || stream->avail_out == 0));
    if (result == Z_STREAM_END && out->len > out->most)
        return Z_BUF_ERROR;
    return result == Z_OK || result == Z_BUF_ERROR ? Z_DATA_ERROR : result;
}

static int unpack(grpc_slice packed, size_t most, grpc_slice *message, char *error, size_t size)
{
    struct unpacked out = {.most = most};
    z_stream stream = {0};
    int result;

    if (inflateInit2(&stream, EITHER_HEADER + MAX_WBITS) != Z_OK)
        return refuse(INFERD_RESOURCE_EXHAUSTED, "no memory to unpack the request", error, size);
    result = inflate_all(&stream, packed, &out);
    inflateEnd(&stream);
    if (result == Z_STREAM_END) {
        *message = grpc_slice_new(out.data, out.len, free);
        return INFERD_OK;
    }
    free(out.data);
    if (result == Z_BUF_ERROR)
        return refuse_size(most, error, size);
    if (result == Z_MEM_ERROR)
        return refuse(INFERD_RESOURCE_EXHAUSTED, "no memory to unpack the request", error, size);
    return refuse(INFERD_INTERNAL, "the request can't be unpacked: it isn't what its grpc-encoding says, or not whole",
                  error, size);
}

int unpack_message(grpc_slice packed, size_t most, grpc_slice *message, char *error, size_t size)
{
    int status;

    *message = grpc_empty_slice();
    status = unpack(packed, most, message, error, size);
    grpc_slice_unref(packed);
    return status;
}
