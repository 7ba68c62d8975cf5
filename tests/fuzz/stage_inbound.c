// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// In place of host/front/inbound*.c and session*.c: one call, whose reply is read once and forgotten.
#include <inferd/status.h>
#include <inferd/utf8.h>
#include "fuzz.h"
#include "front/session.h"
#include "stage.h"

static const char *const *header_list;
static unsigned ends;
static bool received;

void stage_inbound_begin(struct inbound *inbound, const char *const *headers)
{
    (void)inbound;
    header_list = headers;
    ends = 0;
    received = false;
}

bool stage_inbound_ended(void)
{
    return ends == 1;
}

// Each byte is read, so that AddressSanitizer sees one that isn't there.
static void drop(grpc_slice message)
{
    struct inferd_bytes bytes = {GRPC_SLICE_START_PTR(message), GRPC_SLICE_LENGTH(message)};

    free(fuzz_copy(bytes));
    grpc_slice_unref(message);
}

void inbound_reply(struct inbound *inbound, grpc_slice message)
{
    (void)inbound;
    ends++;
    drop(message);
}

void inbound_fail(struct inbound *inbound, int status, const char *text)
{
    (void)inbound;
    FUZZ_ALWAYS(status >= INFERD_OK && status <= INFERD_UNAUTHENTICATED && text);
    ends++;
}

void inbound_refuse(struct inbound *inbound, enum admission_answer why)
{
    (void)inbound;
    FUZZ_ALWAYS(why != ADMISSION_GO);
    ends++;
}

const struct tls_names *session_names(const struct session_stream *stream)
{
    (void)stream;
    return NULL;
}

// The message is the caller's.
void inbound_drop_message(struct inbound *inbound)
{
    (void)inbound;
}

uint32_t inbound_headers(const struct inbound *inbound, const char *name, struct inferd_bytes *values, uint32_t room)
{
    uint32_t count = 0;

    (void)inbound;
    for (size_t i = 0; header_list && header_list[i] && count < room; i += 2)
        if (strcmp(header_list[i], name) == 0)
            values[count++] = inferd_bytes_of(header_list[i + 1]);
    return count;
}

// A stream has one message.
void inbound_receive(struct inbound *inbound)
{
    if (!received) {
        received = true;
        inbound->on_received(inbound, true, inbound->message);
    } else {
        inbound->on_received(inbound, false, (struct inferd_bytes){NULL, 0});
    }
}

void inbound_send(struct inbound *inbound, grpc_slice message)
{
    drop(message);
    inbound->on_sent(inbound, true);
}
