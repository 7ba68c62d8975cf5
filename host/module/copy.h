// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A private copy of a file in memory, so that the bytes that were checked are the bytes that are opened, and so that a
// module's file may be replaced or overwritten while the daemon runs. Each copy is an inode of its own: two versions
// under one path are two handles for the dynamic linker.
//
// The copy is a memfd, not a directory: nothing to clean up after a crash, and neither a read-only nor a noexec /tmp
// matters. Debuggers: gdb reads symbols through the name in 'path' as long as the process lives; perf needs
// 'perf record --buildid-mmap' and 'perf buildid-cache --add FILE'; uprobes attach to path or to the file in
// /proc/PID/map_files. In a core dump the mappings carry the original's path (after "/memfd:").
//
// Knows nothing of ELF or of modules.
#ifndef MODULE_COPY_H
#define MODULE_COPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

// Which bytes a path showed: changes when the file is replaced and when it is written in place.
struct module_identity {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec changed;
};

struct module_copy {
    int fd;              // -1: none
    const uint8_t *data; // the bytes, mapped
    size_t size;
    char path[64];                   // opens the copy, as long as fd is open
    struct module_identity identity; // of what was copied
};

#define MODULE_IDENTITY_SIZE 112 // of its text

bool module_identify(const char *path, struct module_identity *identity, char *error, size_t size);
bool module_identity_equal(const struct module_identity *a, const struct module_identity *b);
// "device:inode:size:seconds.nanoseconds", to be told to another process.
void module_identity_text(const struct module_identity *identity, char text[MODULE_IDENTITY_SIZE]);
// False with a message in error; 'copy' is empty then.
bool module_copy_make(struct module_copy *copy, const char *path, char *error, size_t size);
// Unmaps the bytes; what was opened by 'path' stays.
void module_copy_unmap(struct module_copy *copy);
void module_copy_drop(struct module_copy *copy);

#endif
