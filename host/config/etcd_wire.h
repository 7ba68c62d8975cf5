// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Messages of etcd's API in and out of bytes.
#ifndef CONFIG_ETCD_WIRE_H
#define CONFIG_ETCD_WIRE_H

#include <inferd/bytes.h>
#include "proto/etcd.pb-c.h"

// A message to send, for rpc_call_start() and rpc_stream_send(). NULL: no memory.
uint8_t *etcd_pack(const ProtobufCMessage *message, size_t *size);

static inline ProtobufCBinaryData etcd_binary(const char *data, size_t len)
{
    ProtobufCBinaryData b = {len, (uint8_t *)data};

    return b;
}

static inline struct inferd_bytes etcd_bytes(ProtobufCBinaryData binary)
{
    struct inferd_bytes b = {binary.data, binary.len};

    return b;
}

#endif
