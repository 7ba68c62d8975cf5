// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The names in a client's certificate: its alternative names (DNS, URI, e-mail, IP address as text), then its common
// name.
#ifndef FRONT_TLS_NAMES_H
#define FRONT_TLS_NAMES_H

#include <stdatomic.h>
#include <stddef.h>
#include <openssl/x509.h>

struct tls_names {
    atomic_uint holders;
    size_t count;
    char *names[]; // terminated. One with a zero byte in it, which might pass for another, is left out
};

// To be freed with tls_names_free(). NULL: no memory.
struct tls_names *tls_names_of(X509 *certificate);
// One more holds them, and frees them, too. [any]
struct tls_names *tls_names_hold(struct tls_names *names); // NULL is fine
void tls_names_free(struct tls_names *names);              // likewise; the last one's frees them. [any]

#endif
