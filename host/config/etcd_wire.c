// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Packs messages.
#include "config/etcd_wire.h"

#include "rpc/call.h"

uint8_t *etcd_pack(const ProtobufCMessage *message, size_t *size)
{
    uint8_t *bytes;

    *size = protobuf_c_message_get_packed_size(message);
    bytes = rpc_message_new(*size);
    if (bytes)
        protobuf_c_message_pack(message, bytes);
    return bytes;
}
