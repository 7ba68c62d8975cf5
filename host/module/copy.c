// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Copies a file into a sealed memfd. See copy.h for why.
#include "module/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/owned.h"

// Linux 6.3 wants to be told that a memfd will be executed; older kernels and C libraries don't know the flag.
#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

static bool refuse(char *error, size_t size, const char *what)
{
    snprintf(error, size, "%s: %s", what, strerror(errno));
    return false;
}

static struct module_identity identity_of(const struct stat *st)
{
    return (struct module_identity){st->st_dev, st->st_ino, st->st_size, st->st_mtim};
}

bool module_identify(const char *path, struct module_identity *identity, char *error, size_t size)
{
    struct stat st;

    if (stat(path, &st) != 0)
        return refuse(error, size, "it can't be read");
    *identity = identity_of(&st);
    return true;
}

bool module_identity_equal(const struct module_identity *a, const struct module_identity *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           a->changed.tv_sec == b->changed.tv_sec && a->changed.tv_nsec == b->changed.tv_nsec;
}

void module_identity_text(const struct module_identity *identity, char text[MODULE_IDENTITY_SIZE])
{
    snprintf(text, MODULE_IDENTITY_SIZE, "%llx:%llx:%llx:%llx.%lx", (unsigned long long)identity->device,
             (unsigned long long)identity->inode, (unsigned long long)identity->size,
             (unsigned long long)identity->changed.tv_sec, (unsigned long)identity->changed.tv_nsec);
}

// An empty memfd that carries the original's name, for /proc/PID/maps.
static int new_memfd(const char *path)
{
    size_t len = strlen(path);
    const char *name = len > 200 ? path + len - 200 : path; // the kernel's limit is 249
    int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);

    if (fd < 0 && errno == EINVAL)
        fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    return fd;
}

static bool copy_bytes(int to, int from, size_t size)
{
    while (size > 0) {
        ssize_t n = sendfile(to, from, NULL, size);

        if (n < 0 && errno == EINTR)
            continue;
        if (n == 0)
            errno = ESTALE; // it shrank meanwhile
        if (n <= 0)
            return false;
        size -= (size_t)n;
    }
    return true;
}

static bool copy_into(struct module_copy *copy, int from, const char *path, char *error, size_t size)
{
    struct stat st;
    void *data;

    if (fstat(from, &st) != 0)
        return refuse(error, size, "it can't be read");
    if (!S_ISREG(st.st_mode) || st.st_size == 0) {
        snprintf(error, size, "not a module: %s", S_ISREG(st.st_mode) ? "the file is empty" : "not a regular file");
        return false;
    }
    copy->identity = identity_of(&st);
    copy->size = (size_t)st.st_size;
    copy->fd = new_memfd(path);
    if (copy->fd < 0)
        return refuse(error, size, "no memory for a private copy");
    if (!copy_bytes(copy->fd, from, copy->size))
        return refuse(error, size, "it can't be copied");
    if (fcntl(copy->fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
        return refuse(error, size, "its private copy can't be sealed");
    data = mmap(NULL, copy->size, PROT_READ, MAP_PRIVATE, copy->fd, 0);
    if (data == MAP_FAILED)
        return refuse(error, size, "no memory for a private copy");
    copy->data = data;
    snprintf(copy->path, sizeof copy->path, "/proc/%ld/fd/%d", (long)getpid(), copy->fd);
    return true;
}

bool module_copy_make(struct module_copy *copy, const char *path, char *error, size_t size)
{
    bool made;
    int from;

    *copy = (struct module_copy){.fd = -1};
    if (!owned_by_us(path, error, size))
        return false;
    from = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); // not stuck on a FIFO
    if (from < 0)
        return refuse(error, size, "it can't be read");
    made = copy_into(copy, from, path, error, size);
    if (!made)
        module_copy_drop(copy);
    close(from);
    return made;
}

void module_copy_unmap(struct module_copy *copy)
{
    if (copy->data != NULL)
        munmap((void *)(uintptr_t)copy->data, copy->size);
    copy->data = NULL;
}

void module_copy_drop(struct module_copy *copy)
{
    module_copy_unmap(copy);
    if (copy->fd >= 0)
        close(copy->fd);
    copy->fd = -1;
}
