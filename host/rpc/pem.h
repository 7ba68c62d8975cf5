// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Certificates and keys from files, as texts that gRPC takes. Knows nothing of what they are for.
#ifndef RPC_PEM_H
#define RPC_PEM_H

#include <stdbool.h>
#include <stddef.h>

#define PEM_CERTIFICATE "-----BEGIN CERTIFICATE-----"
#define PEM_KEY "PRIVATE KEY-----"
#define PEM_CRL "-----BEGIN X509 CRL-----"

struct pem {
    char *text; // terminated
    size_t len;
};

// A file with a block of that kind (PEM_...); 'what' is for messages. False with a message in error.
bool pem_read(struct pem *pem, const char *path, const char *what, const char *block, char *error, size_t size);
void pem_drop(struct pem *pem); // wiped first; also one that was not read, if zeroed

#endif
