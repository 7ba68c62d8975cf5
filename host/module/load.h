// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Takes one file to a checked module, in two steps so that a caller can refuse it by its note, before anything of it
// runs. Knows nothing of other modules.
#ifndef MODULE_LOAD_H
#define MODULE_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include "base/arena.h"
#include "module/copy.h"
#include "module/note.h"
#include "module/open.h"
#include "module/registry.h"

struct module_file {
    struct module module; // filled by module_load_open()
    struct module_note note;
    struct module_copy copy;
    struct module_handle *handle; // NULL: nothing of it ran
    struct module_kind *kinds;    // module.info.kind_count of them
    struct arena arena;           // of the copies of its tables
};

// Copies the file, reads its note, and decides whether it may be opened. NULL with a message.
struct module_file *module_load_file(const char *path, char *error, size_t size);
// Opens it and checks what it exports. False with a message.
bool module_load_open(struct module_file *file, char *error, size_t size);
void module_load_free(struct module_file *file); // closes it

#endif
