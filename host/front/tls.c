// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// An SSL_CTX of files, made anew when they are others.
//
// Sessions aren't resumed: who resumes one shows no certificate again, so a revocation would not reach him. Clients
// keep their connections for long.
#include "front/tls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/log.h"
#include "base/owned.h"
#include "metrics/metrics.h"
#include "rpc/pem.h"

#define CIPHERS "ECDHE+AESGCM:ECDHE+CHACHA20" // of TLS 1.2; those of 1.3 are all fine

enum { CERTIFICATE, KEY, CA, CRL, FILES };

// What tells that a file is another one.
struct mark {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec changed;
};

struct front_tls {
    struct front_tls_files files;
    SSL_CTX *context;
    struct mark seen[FILES]; // what was taken, or refused, last
};

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

static void mark_files(const struct front_tls_files *files, struct mark marks[FILES])
{
    const char *const paths[FILES] = {
        [CERTIFICATE] = files->cert_file, [KEY] = files->key_file, [CA] = files->ca_file, [CRL] = files->crl_file};

    for (int i = 0; i < FILES; i++)
        mark_file(paths[i], &marks[i]);
}

static bool find_protocol(const unsigned char *offered, unsigned offered_len, const char *name,
                          const unsigned char **chosen, unsigned char *chosen_len)
{
    size_t len = strlen(name);

    for (unsigned at = 0; at < offered_len && at + 1U + offered[at] <= offered_len; at += 1U + offered[at])
        if (offered[at] == len && memcmp(&offered[at + 1], name, len) == 0) {
            *chosen = &offered[at + 1];
            *chosen_len = offered[at];
            return true;
        }
    return false;
}

// HTTP/2 carries gRPC and nothing else here, and clients of that offer nothing else. Who offers both, as browsers and
// curl do, is after what HTTP/1.1 carries.
static int choose_protocol(SSL *ssl, const unsigned char **chosen, unsigned char *chosen_len,
                           const unsigned char *offered, unsigned offered_len, void *user)
{
    (void)ssl, (void)user;
    return find_protocol(offered, offered_len, "http/1.1", chosen, chosen_len) ||
                   find_protocol(offered, offered_len, "http/1.0", chosen, chosen_len) ||
                   find_protocol(offered, offered_len, "h2", chosen, chosen_len)
               ? SSL_TLSEXT_ERR_OK
               : SSL_TLSEXT_ERR_ALERT_FATAL;
}

// A key under a password is of no use here: nobody is asked for it.
static bool use_key(SSL_CTX *context, const struct pem *pem)
{
    BIO *text = BIO_new_mem_buf(pem->text, (int)pem->len);
    EVP_PKEY *key = text ? PEM_read_bio_PrivateKey(text, NULL, NULL, (void *)"") : NULL;
    bool used = key && SSL_CTX_use_PrivateKey(context, key) == 1;

    EVP_PKEY_free(key);
    BIO_free(text);
    return used;
}

// The first certificate is the server's, what follows its chain.
static bool use_chain(SSL_CTX *context, const struct pem *pem)
{
    BIO *text = BIO_new_mem_buf(pem->text, (int)pem->len);
    X509 *certificate = text ? PEM_read_bio_X509(text, NULL, NULL, NULL) : NULL;
    bool used = certificate && SSL_CTX_use_certificate(context, certificate) == 1;

    X509_free(certificate);
    while (used && (certificate = PEM_read_bio_X509(text, NULL, NULL, NULL))) {
        used = SSL_CTX_add1_chain_cert(context, certificate) == 1;
        X509_free(certificate);
    }
    BIO_free(text);
    return used;
}

static bool use_cas(SSL_CTX *context, const struct pem *pem)
{
    BIO *text = BIO_new_mem_buf(pem->text, (int)pem->len);
    X509 *ca;
    int count = 0;

    while (text && (ca = PEM_read_bio_X509(text, NULL, NULL, NULL))) {
        if (X509_STORE_add_cert(SSL_CTX_get_cert_store(context), ca) == 1 && SSL_CTX_add_client_CA(context, ca) == 1)
            count++;
        X509_free(ca);
    }
    BIO_free(text);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    // Each CA of the file is trusted, whoever signed it.
    X509_STORE_set_flags(SSL_CTX_get_cert_store(context), X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST);
    return count > 0;
}

static bool use_crls(SSL_CTX *context, const struct pem *pem)
{
    BIO *text = BIO_new_mem_buf(pem->text, (int)pem->len);
    X509_CRL *crl;
    int count = 0;

    while (text && (crl = PEM_read_bio_X509_CRL(text, NULL, NULL, NULL))) {
        if (X509_STORE_add_crl(SSL_CTX_get_cert_store(context), crl) == 1)
            count++;
        X509_CRL_free(crl);
    }
    BIO_free(text);
    X509_STORE_set_flags(SSL_CTX_get_cert_store(context), X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
    return count > 0;
}

// Who may change a file of these decides who is let in. A certificate is shown to all, and of no use without its key.
static bool are_guarded(const struct front_tls_files *files, char *error, size_t size)
{
    return owned_by_us(files->key_file, error, size) && (!files->ca_file || owned_by_us(files->ca_file, error, size)) &&
           (!files->crl_file || owned_by_us(files->crl_file, error, size));
}

static bool read_texts(const struct front_tls_files *files, struct pem pems[FILES], char *error, size_t size)
{
    return pem_read(&pems[CERTIFICATE], files->cert_file, "server's certificate", PEM_CERTIFICATE, error, size) &&
           pem_read(&pems[KEY], files->key_file, "server's private key", PEM_KEY, error, size) &&
           (!files->ca_file ||
            pem_read(&pems[CA], files->ca_file, "CA certificates of clients", PEM_CERTIFICATE, error, size)) &&
           (!files->crl_file ||
            pem_read(&pems[CRL], files->crl_file, "revocation lists of clients", PEM_CRL, error, size)) &&
           are_guarded(files, error, size);
}

static bool use_texts(SSL_CTX *context, const struct front_tls_files *files, const struct pem pems[FILES], char *error,
                      size_t size)
{
    if (!use_chain(context, &pems[CERTIFICATE]) || !use_key(context, &pems[KEY])) {
        snprintf(error, size,
                 "the certificate in %s and the private key in %s don't belong together, or one of them is broken or "
                 "needs a password",
                 files->cert_file, files->key_file);
        return false;
    }
    if (files->ca_file && !use_cas(context, &pems[CA])) {
        snprintf(error, size, "the CA certificates of clients in %s are broken", files->ca_file);
        return false;
    }
    if (files->crl_file && !use_crls(context, &pems[CRL])) {
        snprintf(error, size, "the revocation lists in %s are broken", files->crl_file);
        return false;
    }
    return true;
}

static void set_up(SSL_CTX *context)
{
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_cipher_list(context, CIPHERS);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION |
                                     SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context, 0);
    SSL_CTX_set_mode(context,
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(context, 1); // a record in one read
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, NULL);
}

// NULL with a message in error.
static SSL_CTX *make_context(const struct front_tls_files *files, char *error, size_t size)
{
    struct pem pems[FILES] = {{.len = 0}};
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    bool fine = false;

    snprintf(error, size, "no memory for TLS");
    if (context) {
        set_up(context);
        fine = read_texts(files, pems, error, size) && use_texts(context, files, pems, error, size);
    }
    for (int i = 0; i < FILES; i++)
        pem_drop(&pems[i]);
    ERR_clear_error();
    if (fine)
        return context;
    SSL_CTX_free(context);
    return NULL;
}

bool front_tls_check(const struct front_tls_files *files, char *error, size_t size)
{
    SSL_CTX *context = make_context(files, error, size);

    SSL_CTX_free(context);
    return context != NULL;
}

// Takes the files if they are others than those seen last.
static void look(struct front_tls *tls)
{
    struct mark now[FILES];
    SSL_CTX *context;
    char error[512];

    mark_files(&tls->files, now);
    if (memcmp(now, tls->seen, sizeof(now)) == 0)
        return;
    memcpy(tls->seen, now, sizeof(now));
    context = make_context(&tls->files, error, sizeof(error));
    if (!context) {
        metrics_add(METRICS_TLS_FILES_REFUSED, 1);
        log_error("tls_files_refused", "%s; what was there before stays in use", error);
        return;
    }
    SSL_CTX_free(tls->context); // connections hold what they began with
    tls->context = context;
    log_info("tls_files",
             "new certificates or revocation lists are in use for new connections: %s and what goes with it",
             tls->files.cert_file);
}

struct front_tls *front_tls_new(const struct front_tls_files *files, char *error, size_t size)
{
    struct front_tls *tls = calloc(1, sizeof(*tls));

    snprintf(error, size, "no memory for TLS");
    if (!tls)
        return NULL;
    tls->files = *files;
    mark_files(files, tls->seen); // before they are read: what changes meanwhile is seen later
    tls->context = make_context(files, error, size);
    if (tls->context)
        return tls;
    free(tls);
    return NULL;
}

SSL *front_tls_accept(struct front_tls *tls)
{
    look(tls);
    return SSL_new(tls->context);
}

void front_tls_free(struct front_tls *tls)
{
    if (!tls)
        return;
    SSL_CTX_free(tls->context);
    free(tls);
}
