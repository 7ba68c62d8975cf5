// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Parcels: memfd_create, written, sealed, mapped by the receiver.
#include "process/parcel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/write.h"

#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL)

int parcel_pack(const void *bytes, size_t len)
{
    int fd = memfd_create("inferd-parcel", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    int saved;

    if (fd < 0)
        return -1;
    if (write_all(fd, bytes, len) && fcntl(fd, F_ADD_SEALS, SEALS) == 0)
        return fd;
    saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

const void *parcel_open(int fd, size_t *len)
{
    struct stat stat;
    void *bytes;

    if (fstat(fd, &stat) != 0)
        return NULL;
    *len = (size_t)stat.st_size;
    if (*len == 0)
        return ""; // nothing can be mapped
    bytes = mmap(NULL, *len, PROT_READ, MAP_SHARED, fd, 0);
    return bytes == MAP_FAILED ? NULL : bytes;
}

void parcel_close(const void *bytes, size_t len)
{
    if (len > 0)
        munmap((void *)bytes, len);
}
