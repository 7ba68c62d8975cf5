// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Messages that a client has compressed. gRPC would unpack them itself, but to any size: a message within the limit can
// hold a thousand times as much. Here the limit is that of the message unpacked.
#ifndef FRONT_UNPACK_H
#define FRONT_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <grpc/byte_buffer.h>
#include <grpc/slice.h>

// The bytes of a message in one slice, the caller's to unref: in place where it came in one and isn't compressed. Else
// a status with a message in error; the slice is empty then.
int unpack_message(const grpc_byte_buffer *buffer, size_t most, grpc_slice *message, char *error, size_t size);

#endif
