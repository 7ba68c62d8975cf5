// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A parcel: bytes in a sealed memory file, so that their size does not matter on the way to another process and nobody
// can change them.
#ifndef PROCESS_PARCEL_H
#define PROCESS_PARCEL_H

#include <stddef.h>

// A descriptor of a memory file with a copy of the bytes, close-on-exec. -1: errno.
int parcel_pack(const void *bytes, size_t len);
// Maps what a descriptor holds, read only; "" where it is empty. NULL: errno.
const void *parcel_open(int fd, size_t *len);
void parcel_close(const void *bytes, size_t len);

#endif
