// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Reading JSON where there may be no memory for it: the library takes a text that it found no room for as another text,
// shorter or with an error of its own making.
//
// Threads: [any].
#ifndef CONFIG_JSON_TEXT_H
#define CONFIG_JSON_TEXT_H

#include <jansson.h>
#include <stddef.h>

// As json_loadb(); NULL, with errno ENOMEM and the error's text saying so, also where any piece of it had no memory.
// errno is kept otherwise.
json_t *json_text_read(const char *text, size_t len, size_t flags, json_error_t *error);

#endif
