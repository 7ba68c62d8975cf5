// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Inside rpc: a message as it came from the network, made contiguous. Where it came in one slice, its bytes are read
// where they are.
#ifndef RPC_REPLY_H
#define RPC_REPLY_H

#include <grpc/byte_buffer.h>
#include <inferd/bytes.h>

struct reply {
    grpc_byte_buffer *buffer; // gRPC puts it here; NULL: no message
    uint8_t *joined;          // a copy, where there were several slices
};

// The message's bytes, valid until the reply is dropped. False: no memory.
bool reply_bytes(struct reply *reply, struct inferd_bytes *bytes);
void reply_drop(struct reply *reply);

#endif
