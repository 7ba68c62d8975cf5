// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Files and folders, read whole. Knows no format.
#ifndef SANDBOX_FILE_H
#define SANDBOX_FILE_H

#include "base/arena.h"
#include "base/text.h"

// A file's bytes, with a terminator behind them; NULL after adding a line to problems.
char *file_read(const char *path, struct arena *arena, size_t *len, struct text *problems);

// The names in a folder, sorted, hidden ones left out; a list that ends with NULL. A folder that doesn't exist is an
// empty one. NULL after adding a line to problems.
char **file_list(const char *folder, struct arena *arena, struct text *problems);

// Whether a path is a folder that can be read; if not, a line is added to problems.
bool file_is_folder(const char *path, struct text *problems);

#endif
