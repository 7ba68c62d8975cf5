// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Reads "inferd-explain" and writes "inferd-explain-bin". gRPC clients take 8 kB of metadata unless they are told
// otherwise, and refuse the whole reply over more; so that is the limit, unless the caller names a higher one.
#include "front/explain.h"

#include "run/record.h"

// In base64, with the message of a status beside it, less than 8 kB.
#define USUAL_MOST 5000
#define LEAST 512
#define MOST 46080 // likewise, than 64 KiB, which nghttp2 sends no more than, and the call would never end

size_t front_explain_asked(const struct inbound *inbound)
{
    struct inferd_bytes value;
    size_t number = 0;

    if (!inbound_header(inbound, "inferd-explain", &value))
        return 0;
    for (size_t i = 0; i < value.len; i++) {
        if (value.data[i] < '0' || value.data[i] > '9')
            return 0;
        number = number > MOST ? number : number * 10 + (size_t)(value.data[i] - '0');
    }
    if (number <= 1)
        return number ? USUAL_MOST : 0;
    return number < LEAST ? LEAST : number > MOST ? MOST : number;
}

void front_explain_reply(struct inbound *inbound, const struct run *run, int status)
{
    struct text text;

    text_init(&text);
    if (run_record_write(run, status, front_explain_asked(inbound), &text))
        inbound->explained = grpc_slice_from_copied_buffer(text_string(&text), text.len);
    text_free(&text);
}
