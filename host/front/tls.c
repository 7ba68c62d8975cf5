// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Certificates for gRPC, which asks for them at each handshake, under a lock of its own.
#include "front/tls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <grpc/grpc_security.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/log.h"
#include "metrics/metrics.h"
#include "rpc/pem.h"

enum { CERTIFICATE, KEY, CA, FILES };

// What tells that a file is another one.
struct mark {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec changed;
};

struct front_tls {
    struct front_tls_files files;
    grpc_server_credentials *credentials;
    struct mark seen[FILES]; // what was taken, or refused, last
    bool looked;
};

struct texts {
    struct pem pems[FILES];
};

static void drop_texts(struct texts *texts)
{
    for (int i = 0; i < FILES; i++)
        pem_drop(&texts->pems[i]);
}

static bool belong_together(const struct texts *texts)
{
    BIO *certificate_text = BIO_new_mem_buf(texts->pems[CERTIFICATE].text, (int)texts->pems[CERTIFICATE].len);
    BIO *key_text = BIO_new_mem_buf(texts->pems[KEY].text, (int)texts->pems[KEY].len);
    X509 *certificate = certificate_text ? PEM_read_bio_X509(certificate_text, NULL, NULL, NULL) : NULL;
    // A key under a password is of no use here: nobody is asked for it.
    EVP_PKEY *key = key_text ? PEM_read_bio_PrivateKey(key_text, NULL, NULL, (void *)"") : NULL;
    bool together = certificate && key && X509_check_private_key(certificate, key) == 1;

    EVP_PKEY_free(key);
    X509_free(certificate);
    BIO_free(key_text);
    BIO_free(certificate_text);
    ERR_clear_error();
    return together;
}

static bool read_texts(const struct front_tls_files *files, struct texts *texts, char *error, size_t size)
{
    memset(texts, 0, sizeof(*texts));
    if (pem_read(&texts->pems[CERTIFICATE], files->cert_file, "server's certificate", PEM_CERTIFICATE, error, size) &&
        pem_read(&texts->pems[KEY], files->key_file, "server's private key", PEM_KEY, error, size) &&
        (!files->ca_file ||
         pem_read(&texts->pems[CA], files->ca_file, "CA certificates of clients", PEM_CERTIFICATE, error, size))) {
        if (belong_together(texts))
            return true;
        snprintf(error, size,
                 "the certificate in %s and the private key in %s don't belong together, or one of them is broken or "
                 "needs a password",
                 files->cert_file, files->key_file);
    }
    drop_texts(texts);
    return false;
}

bool front_tls_check(const struct front_tls_files *files, char *error, size_t size)
{
    struct texts texts;
    bool fine = read_texts(files, &texts, error, size);

    if (fine)
        drop_texts(&texts);
    return fine;
}

static void mark_file(const char *path, struct mark *mark)
{
    struct stat found;

    memset(mark, 0, sizeof(*mark));
    if (path && stat(path, &found) == 0) {
        mark->device = found.st_dev;
        mark->inode = found.st_ino;
        mark->size = found.st_size;
        mark->changed = found.st_mtim;
    }
}

// Whether they are others than those seen last, which they are after it.
static bool have_changed(struct front_tls *tls)
{
    const char *paths[FILES] = {tls->files.cert_file, tls->files.key_file, tls->files.ca_file};
    struct mark now[FILES];
    bool changed;

    for (int i = 0; i < FILES; i++)
        mark_file(paths[i], &now[i]);
    changed = !tls->looked || memcmp(now, tls->seen, sizeof(now)) != 0;
    memcpy(tls->seen, now, sizeof(now));
    tls->looked = true;
    return changed;
}

static grpc_ssl_certificate_config_reload_status fetch(void *user, grpc_ssl_server_certificate_config **config)
{
    struct front_tls *tls = user;
    bool first = !tls->looked;
    grpc_ssl_pem_key_cert_pair pair;
    struct texts texts;
    char error[512];

    if (!first)
        metrics_add(METRICS_TLS_HANDSHAKES, 1);
    if (!have_changed(tls))
        return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_UNCHANGED;
    if (!read_texts(&tls->files, &texts, error, sizeof(error))) {
        metrics_add(METRICS_TLS_FILES_REFUSED, 1);
        log_error("tls_files_refused", "%s; the certificate before stays in use", error);
        return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_FAIL;
    }
    pair =
        (grpc_ssl_pem_key_cert_pair){.private_key = texts.pems[KEY].text, .cert_chain = texts.pems[CERTIFICATE].text};
    // gRPC wants roots even where no client is asked for a certificate; then they mean nothing.
    *config =
        grpc_ssl_server_certificate_config_create(texts.pems[tls->files.ca_file ? CA : CERTIFICATE].text, &pair, 1);
    drop_texts(&texts);
    if (!first)
        log_info("tls_files", "new certificates are in use for new connections, from %s", tls->files.cert_file);
    return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_NEW;
}

struct front_tls *front_tls_new(const struct front_tls_files *files, char *error, size_t size)
{
    struct front_tls *tls = calloc(1, sizeof(*tls));

    snprintf(error, size, "no memory for TLS");
    if (!tls || !front_tls_check(files, error, size)) {
        free(tls);
        return NULL;
    }
    tls->files = *files;
    tls->credentials =
        grpc_ssl_server_credentials_create_with_options(grpc_ssl_server_credentials_create_options_using_config_fetcher(
            files->ca_file ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
                           : GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE,
            fetch, tls));
    if (tls->credentials)
        return tls;
    snprintf(error, size, "gRPC takes no TLS credentials");
    free(tls);
    return NULL;
}

grpc_server_credentials *front_tls_credentials(const struct front_tls *tls)
{
    return tls->credentials;
}

void front_tls_free(struct front_tls *tls)
{
    if (!tls)
        return;
    grpc_server_credentials_release(tls->credentials);
    free(tls);
}
