// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A growing text buffer, for messages, JSON and reports. A failed allocation sets 'failed' and drops what came after;
// the text stays terminated.
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct text {
    char *data; // terminated; never NULL after the first append
    size_t len, capacity;
    bool failed;
};

void text_init(struct text *text);
void text_free(struct text *text);
void text_clear(struct text *text);
void text_append(struct text *text, const char *data, size_t len);
void text_add(struct text *text, const char *string);
void text_printf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_vprintf(struct text *text, const char *format, va_list args);
// Appends as a JSON string with its quotes; bytes that are not UTF-8 become U+FFFD.
void text_json(struct text *text, const char *data, size_t len);
// Puts a '?' for each byte of what is no UTF-8, in place: texts of others go into messages and are cut there.
void text_mend(char *text);
// A terminated copy of bytes that aren't, which strndup() may not be given where strings are checked strictly. NULL: no
// memory.
char *text_copy(const void *bytes, size_t len);
const char *text_string(const struct text *text); // "" where nothing was appended

#endif
