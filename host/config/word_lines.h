// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Files of lines of words, as for access and for backends' certificates: words are parted by blanks, what follows a #
// at a word's beginning is a comment. Knows nothing of what they say.
#ifndef CONFIG_WORD_LINES_H
#define CONFIG_WORD_LINES_H

#include <stdbool.h>
#include <stddef.h>

#define WORD_LINES_MAX 16 // words on a line

// A line that has words. False: it won't do, and why.
typedef bool word_line_fn(void *user, char *const *words, size_t count, char *why, size_t size);

// False with "PATH:LINE: why" in error.
bool word_lines_read(const char *path, word_line_fn *line, void *user, char *error, size_t size);
// The value of a word "name=value", "name" given; NULL: the word is another one.
const char *word_value(const char *word, const char *name);

#endif
