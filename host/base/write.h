// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Writing to a descriptor.
#ifndef BASE_WRITE_H
#define BASE_WRITE_H

#include <stdbool.h>
#include <stddef.h>

// Writes all of it, however often that takes. False: errno.
bool write_all(int fd, const void *bytes, size_t len);

#endif
