// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Which certificates go with which backend: a file of lines "ADDRESS [ca=FILE] [cert=FILE key=FILE]", where ADDRESS is
// "host:port" and may hold * and ?. The first line that fits counts. Knows no kind: addresses are all there is to go
// by.
#ifndef RUN_BACKEND_TLS_H
#define RUN_BACKEND_TLS_H

#include <stdbool.h>
#include <stddef.h>

struct backend_tls;
struct rpc_method_options;

// NULL with a message in error: the file can't be read, or says something that won't do.
struct backend_tls *backend_tls_new(const char *path, char *error, size_t size);
void backend_tls_free(struct backend_tls *tls); // NULL is fine
// Sets the files of a method that speaks TLS and names none of its own. NULL tls is fine. [any]
void backend_tls_apply(const struct backend_tls *tls, struct rpc_method_options *options);

#endif
