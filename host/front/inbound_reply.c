// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Answering calls, and a stream's messages.
#include <stdio.h>
#include <stdlib.h>
#include <openssl/evp.h>

#include <inferd/status.h>
#include "front/asked.h"
#include "front/inbound_inner.h"
#include "front/server.h"
#include "front/session.h"

#define EXPLAINED_MOST 46080 // bytes, see explain.c
#define TEXT_MOST 512

// What was explained, in base64 without its padding: malloc's memory. NULL: nothing was, or there is no memory for it.
static char *encode_explained(const struct inbound *inbound)
{
    size_t len = GRPC_SLICE_LENGTH(inbound->explained);
    char *encoded = len > 0 && len <= EXPLAINED_MOST ? malloc((len + 2) / 3 * 4 + 1) : NULL;
    int end;

    if (!encoded)
        return NULL;
    end = EVP_EncodeBlock((unsigned char *)encoded, GRPC_SLICE_START_PTR(inbound->explained), (int)len);
    while (end > 0 && encoded[end - 1] == '=')
        encoded[--end] = '\0';
    return encoded;
}

static struct session_trailer trailer(const char *explained)
{
    return (struct session_trailer){explained ? "inferd-explain-bin" : NULL, explained};
}

void inbound_reply(struct inbound *inbound, grpc_slice message)
{
    char *explained;

    inbound->cancelled = NULL;
    if (inbound->asked) {
        asked_answer(inbound, INFERD_OK, "", message);
        return;
    }
    front_server_answered(inbound->server, inbound, INFERD_OK);
    explained = encode_explained(inbound);
    session_reply(inbound->stream, message, trailer(explained));
    free(explained);
    inbound_end(inbound);
}

void inbound_fail(struct inbound *inbound, int status, const char *text)
{
    char cut[TEXT_MOST], *explained;

    inbound->cancelled = NULL;
    if (inbound->asked) {
        asked_answer(inbound, status, text, grpc_empty_slice());
        return;
    }
    if (!inbound->method->stream)
        front_server_answered(inbound->server, inbound, status);
    snprintf(cut, sizeof(cut), "%s", text);
    explained = encode_explained(inbound);
    session_end(inbound->stream, status, cut, trailer(explained));
    free(explained);
    inbound_end(inbound);
}

void inbound_refuse(struct inbound *inbound, enum admission_answer why)
{
    struct front_server *server = inbound->server;

    inbound->cancelled = NULL;
    if (inbound->asked) {
        inbound->asked->refused = true;
        asked_answer(inbound, INFERD_RESOURCE_EXHAUSTED, server->refusals[why], grpc_empty_slice());
        return;
    }
    front_server_answered(server, inbound, INFERD_RESOURCE_EXHAUSTED);
    session_refuse(inbound->stream, INFERD_RESOURCE_EXHAUSTED, server->refusals[why],
                   (struct session_trailer){"grpc-retry-pushback-ms", server->retry_hint});
    inbound_end(inbound);
}

void inbound_send(struct inbound *inbound, grpc_slice message)
{
    session_send(inbound->stream, message);
}
