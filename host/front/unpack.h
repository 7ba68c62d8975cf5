// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Messages that a client has compressed. A message within the limit can hold a thousand times as much. Here the limit
// is that of the message unpacked.
#ifndef FRONT_UNPACK_H
#define FRONT_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <grpc/slice.h>

// The bytes of a message, unpacked: the caller's to unref, while the packed ones are unreferenced. Else a status with a
// text in error; the slice is empty then.
int unpack_message(grpc_slice packed, size_t most, grpc_slice *message, char *error, size_t size);

#endif
