// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What the TLS port speaks TLS with: certificates and revocation lists from files, which are looked at for each new
// connection, so that files that were replaced are taken without a restart. TLS 1.2 or later, HTTP/1.1 or
// HTTP/2 by ALPN. Files that won't do are refused, and those before them stay in use.
//
// Threads: front_tls_new() at the start; then the relay's.
#ifndef FRONT_TLS_H
#define FRONT_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <openssl/ssl.h>

struct front_tls_files {
    const char *cert_file, *key_file; // the server's certificate with its chain, and its private key, in PEM
    const char *ca_file;              // clients must show a certificate of one of these CAs; NULL: they needn't any
    const char *crl_file; // revocation lists of all these CAs: clients with what is on them are refused; NULL: none
};

struct front_tls;

// Whether the files are there and belong together; if not, a message in error.
bool front_tls_check(const struct front_tls_files *files, char *error, size_t size);
// The paths are not copied. NULL with a message in error.
struct front_tls *front_tls_new(const struct front_tls_files *files, char *error, size_t size);
// For one more connection, of what the files hold now. NULL: no memory.
SSL *front_tls_accept(struct front_tls *tls);
void front_tls_free(struct front_tls *tls); // NULL is fine

#endif
