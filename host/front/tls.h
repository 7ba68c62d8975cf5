// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The credentials of the TLS port: certificates from files, which are looked at for each new connection, so that files
// that were replaced are taken without a restart. TLS 1.2 or later. Files that won't do are refused, and those before
// them stay in use.
#ifndef FRONT_TLS_H
#define FRONT_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <grpc/grpc.h>

struct front_tls_files {
    const char *cert_file, *key_file; // the server's certificate with its chain, and its private key, in PEM
    const char *ca_file;              // clients must show a certificate of one of these CAs; NULL: they needn't any
};

struct front_tls;

// Whether the files are there and belong together; if not, a message in error.
bool front_tls_check(const struct front_tls_files *files, char *error, size_t size);
// The paths are not copied. NULL with a message in error.
struct front_tls *front_tls_new(const struct front_tls_files *files, char *error, size_t size);
grpc_server_credentials *front_tls_credentials(const struct front_tls *tls); // the tls's own
void front_tls_free(struct front_tls *tls);                                  // after the server. NULL is fine

#endif
