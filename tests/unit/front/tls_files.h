// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A certificate and its key for tests that speak TLS, in files of their own.
#ifndef TESTS_UNIT_FRONT_TLS_FILES_H
#define TESTS_UNIT_FRONT_TLS_FILES_H

#include <stdio.h>
#include <stdlib.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include "base/magic.h"

// Paths of new files, which are the caller's to unlink; 'size' is of each.
static inline void tls_files_make(char *cert_file, char *key_file, size_t size)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    FILE *cert_out, *key_out;

    snprintf(cert_file, size, "/tmp/inferd-test-XXXXXX");
    snprintf(key_file, size, "/tmp/inferd-test-XXXXXX");
    cert_out = fdopen(mkstemp(cert_file), "w");
    key_out = fdopen(mkstemp(key_file), "w");
    ALWAYS(key && certificate && cert_out && key_out);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 86400);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC, (const unsigned char *)"test",
                               -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
    ALWAYS(X509_set_pubkey(certificate, key) == 1 && X509_sign(certificate, key, EVP_sha256()) > 0);
    ALWAYS(PEM_write_X509(cert_out, certificate) == 1);
    ALWAYS(PEM_write_PrivateKey(key_out, key, NULL, NULL, 0, NULL, NULL) == 1);
    fclose(cert_out);
    fclose(key_out);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

#endif
