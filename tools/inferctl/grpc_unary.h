// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// One unary gRPC call, waited for, with metadata both ways. (The host's own calls, host/rpc, live on a loop and know
// nothing of trailing metadata.)
#ifndef INFERCTL_GRPC_UNARY_H
#define INFERCTL_GRPC_UNARY_H

#include <stddef.h>
#include <stdint.h>

struct grpc_unary {
    const char *address, *method;               // "host:port", "/Predict/InferPointWise"
    const char *ca_file, *cert_file, *key_file; // PEM; a CA, or tls, makes it TLS
    int tls;
    int64_t timeout_ms;
    const char *const *headers; // "name: value", NULL-terminated, or NULL
    const char *want;           // of trailing metadata
};

struct grpc_answer {
    int status;    // gRPC's code; -1: the call could not be made, the message says why
    char *message; // never NULL but without memory
    uint8_t *reply;
    size_t len;
    char *wanted; // the value of that metadata, or NULL
};

void grpc_unary_call(const struct grpc_unary *call, const void *request, size_t len, struct grpc_answer *answer);
void grpc_answer_free(struct grpc_answer *answer);

#endif
