// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Writing to a descriptor.
#include "base/write.h"

#include <errno.h>
#include <unistd.h>

bool write_all(int fd, const void *bytes, size_t len)
{
    const char *at = bytes;

    while (len > 0) {
        ssize_t written = write(fd, at, len);

        if (written < 0 && errno != EINTR)
            return false;
        if (written > 0) {
            at += written;
            len -= (size_t)written;
        }
    }
    return true;
}
