// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What a module's file says of itself, read without opening it, so before anything of it can run: the ELF note, and the
// numbers at the head of the struct it exports. Trusts no byte of the file.
#ifndef MODULE_NOTE_H
#define MODULE_NOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <inferd/module.h>

// The numbers before the first pointer of struct inferd_module; the linker leaves them as the compiler wrote them.
struct module_head {
    uint32_t magic;
    uint16_t abi_major, abi_minor;
    uint32_t size, kind_size, option_size, setting_size;
};

struct module_note {
    unsigned abi_major, abi_minor;
    char name[64], version[64];
    struct module_head head;
};

// False with a message in error: no ELF file of this machine's class, no note, or no exported symbol.
bool module_note_read(const uint8_t *file, size_t len, struct module_note *note, char *error, size_t size);
// Whether this host may open it: right magic, same major, minor not newer, note and head agree.
bool module_note_accepts(const struct module_note *note, char *error, size_t size);
// The same of the struct itself, after opening.
bool module_head_accepts(const struct module_head *head, char *error, size_t size);

#endif
