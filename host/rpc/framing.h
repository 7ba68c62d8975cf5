// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// gRPC's framing, for both sides of a call: what stands in front of a message, and how long a call may take. Format:
// https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
//
// Threads: any.
#ifndef RPC_FRAMING_H
#define RPC_FRAMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAMING_PREFIX 5 // bytes in front of a message: whether it is compressed (1) or not (0), and its size

static inline size_t framing_size(const uint8_t prefix[FRAMING_PREFIX])
{
    return (size_t)prefix[1] << 24 | (size_t)prefix[2] << 16 | (size_t)prefix[3] << 8 | prefix[4];
}

// Of a message that isn't compressed, of 4 GiB less a byte at most.
static inline void framing_put(uint8_t prefix[FRAMING_PREFIX], size_t size)
{
    prefix[0] = 0;
    for (int i = 0; i < 4; i++)
        prefix[1 + i] = (uint8_t)(size >> (24 - 8 * i));
}

// grpc-timeout: "25S", "300m", …: at most 8 digits. Written rounded up; one that is too long to be written is as long
// as can be.
void framing_write_timeout(int64_t us, char text[24]);
// False: it is none.
bool framing_read_timeout(const char *text, size_t len, int64_t *us);

#endif
