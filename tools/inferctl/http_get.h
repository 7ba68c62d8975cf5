// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Asks a running inferd over HTTP. Knows nothing of what is asked.
#ifndef INFERCTL_HTTP_GET_H
#define INFERCTL_HTTP_GET_H

#include <stddef.h>

// What http://ADDRESS PATH answers, terminated and malloc'd; NULL with a message that says who did not answer and what
// to look at in error. 'address' is "host:port", or an URL without a path.
char *http_get(const char *address, const char *path, char *error, size_t size);

#endif
