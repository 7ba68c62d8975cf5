// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Credentials from PEM files. They are read whenever a channel is made, so files that were replaced are taken by the
// next one.
#include "rpc/credentials.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <grpc/grpc_security.h>

#define MAX_PEM_FILE (16 << 20)

struct pem {
    char *text;
    size_t len;
};

// A file with a block of that kind ("CERTIFICATE"); 'what' is for messages. False with a message in error.
static bool read_pem(struct pem *pem, const char *path, const char *what, const char *block, char *error, size_t size)
{
    FILE *file = fopen(path, "re");
    long len = -1;

    if (file == NULL || fseek(file, 0, SEEK_END) != 0 || (len = ftell(file)) < 0 || fseek(file, 0, SEEK_SET) != 0)
        snprintf(error, size, "can't read the %s: %s: %s", what, path, strerror(errno));
    else if (len > MAX_PEM_FILE)
        snprintf(error, size, "can't read the %s: %s has more than %d MB", what, path, MAX_PEM_FILE >> 20);
    else if ((pem->text = calloc(1, (size_t)len + 1)) == NULL)
        snprintf(error, size, "out of memory");
    else if (fread(pem->text, 1, (size_t)len, file) != (size_t)len || strstr(pem->text, block) == NULL) {
        snprintf(error, size, "%s holds no %s in PEM form", path, what);
        free(pem->text);
        pem->text = NULL;
    }
    if (file != NULL)
        fclose(file);
    pem->len = pem->text != NULL ? (size_t)len : 0;
    return pem->text != NULL;
}

static void drop_pem(struct pem *pem)
{
    if (pem->text != NULL)
        explicit_bzero(pem->text, pem->len);
    free(pem->text);
}

grpc_channel_credentials *rpc_credentials_new(const struct rpc_method_options *options, char *error, size_t size)
{
    struct pem roots = {NULL, 0}, certificate = {NULL, 0}, key = {NULL, 0};
    grpc_channel_credentials *credentials = NULL;
    grpc_ssl_pem_key_cert_pair pair;

    if (!options->tls)
        return grpc_insecure_credentials_create();
    if ((options->ca_file == NULL ||
         read_pem(&roots, options->ca_file, "CA certificates", "-----BEGIN CERTIFICATE-----", error, size)) &&
        (options->cert_file == NULL ||
         (read_pem(&certificate, options->cert_file, "client certificate", "-----BEGIN CERTIFICATE-----", error,
                   size) &&
          read_pem(&key, options->key_file, "client's private key", "PRIVATE KEY-----", error, size)))) {
        pair = (grpc_ssl_pem_key_cert_pair){.private_key = key.text, .cert_chain = certificate.text};
        // NULL roots: the system's
        credentials = grpc_ssl_credentials_create(roots.text, options->cert_file != NULL ? &pair : NULL, NULL, NULL);
    }
    drop_pem(&roots);
    drop_pem(&certificate);
    drop_pem(&key);
    return credentials;
}
