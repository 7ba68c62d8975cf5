// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Finds the files that may be modules in a module path. Opens none of them.
#ifndef MODULE_FIND_H
#define MODULE_FIND_H

#include <stddef.h>

// 'error' is NULL for a file found, else says why the path's entry can't be searched. 'path' is valid during the call.
typedef void module_found_fn(void *user, const char *path, const char *error);

// Calls 'found' for each *.so of a colon-separated list of directories, also of their .libs and of <folder>/.libs (a
// build tree's), in the order of the list, then of names. An entry may be a file too.
void module_find(const char *path, module_found_fn *found, void *user);

#endif
