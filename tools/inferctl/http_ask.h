// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Asks a running inferd over HTTP. Knows nothing of what is asked.
#ifndef INFERCTL_HTTP_ASK_H
#define INFERCTL_HTTP_ASK_H

#include <stddef.h>

// A running inferd.
struct http_place {
    const char *address; // "host:port", an URL without a path, or "unix:/path" of a socket
    const char *option;  // the one that says so, for messages: "--address"
    const char *token;   // shown to it; NULL: none
};

// What a GET, or a POST without a body, of a path is answered with, terminated and malloc'd; NULL with a message that
// says who did not answer and what to look at in error.
char *http_ask(const struct http_place *place, const char *method, const char *path, char *error, size_t size);

#endif
