// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Credentials from PEM files. They are read whenever a channel is made, so files that were replaced are taken by the
// next one.
#include "rpc/credentials.h"
#include <grpc/grpc_security.h>
#include "rpc/pem.h"

grpc_channel_credentials *rpc_credentials_new(const struct rpc_method_options *options, char *error, size_t size)
{
    struct pem roots = {.len = 0}, certificate = {.len = 0}, key = {.len = 0};
    grpc_channel_credentials *credentials = NULL;
    grpc_ssl_pem_key_cert_pair pair;

    if (!options->tls)
        return grpc_insecure_credentials_create();
    if ((options->ca_file == NULL ||
         pem_read(&roots, options->ca_file, "CA certificates", PEM_CERTIFICATE, error, size)) &&
        (options->cert_file == NULL ||
         (pem_read(&certificate, options->cert_file, "client certificate", PEM_CERTIFICATE, error, size) &&
          pem_read(&key, options->key_file, "client's private key", PEM_KEY, error, size)))) {
        pair = (grpc_ssl_pem_key_cert_pair){.private_key = key.text, .cert_chain = certificate.text};
        // NULL roots: the system's
        credentials = grpc_ssl_credentials_create(roots.text, options->cert_file != NULL ? &pair : NULL, NULL, NULL);
    }
    pem_drop(&roots);
    pem_drop(&certificate);
    pem_drop(&key);
    return credentials;
}
