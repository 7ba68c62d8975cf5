// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Messages from the network: gRPC reads them in pieces of 8 or 64 KB.
#include "rpc/reply.h"
#include <stdlib.h>
#include <string.h>
#include <grpc/slice.h>

bool reply_bytes(struct reply *reply, struct inferd_bytes *bytes)
{
    const grpc_slice_buffer *slices = &reply->buffer->data.raw.slice_buffer;
    size_t at = 0;

    *bytes = (struct inferd_bytes){NULL, slices->length};
    if (slices->length == 0)
        return true;
    if (slices->count == 1) {
        bytes->data = GRPC_SLICE_START_PTR(slices->slices[0]); // may be in the buffer itself
        return true;
    }
    reply->joined = malloc(slices->length);
    if (reply->joined == NULL)
        return false;
    for (size_t i = 0; i < slices->count; i++) {
        memcpy(reply->joined + at, GRPC_SLICE_START_PTR(slices->slices[i]), GRPC_SLICE_LENGTH(slices->slices[i]));
        at += GRPC_SLICE_LENGTH(slices->slices[i]);
    }
    bytes->data = reply->joined;
    grpc_byte_buffer_destroy(reply->buffer);
    reply->buffer = NULL;
    return true;
}

void reply_drop(struct reply *reply)
{
    if (reply->buffer != NULL)
        grpc_byte_buffer_destroy(reply->buffer);
    free(reply->joined);
    *reply = (struct reply){0};
}
