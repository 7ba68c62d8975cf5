// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Opens shared objects through libltdl, with every symbol resolved at once and none shown to others. Knows nothing of
// what is in them. libltdl keeps its state per process: one thread at a time, and not inside a module's constructors.
#ifndef MODULE_OPEN_H
#define MODULE_OPEN_H

#include <stdbool.h>
#include <stddef.h>

struct module_handle; // libltdl's, counted

bool module_open_init(char *error, size_t size);
void module_open_exit(void);
// Runs the shared object's constructors. NULL with a message in error.
struct module_handle *module_open(const char *path, char *error, size_t size);
void *module_open_symbol(struct module_handle *handle, const char *name); // NULL: not there
void module_open_close(struct module_handle *handle);

#endif
