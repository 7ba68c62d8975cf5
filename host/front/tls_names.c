// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Names in certificates.
#include "front/tls_names.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/x509v3.h>
#include "base/text.h"

// 'names' has room for one more.
static void add(struct tls_names *names, const void *text, size_t len)
{
    char *copied = len && !memchr(text, '\0', len) ? text_copy(text, len) : NULL;

    if (copied)
        names->names[names->count++] = copied;
}

static void add_address(struct tls_names *names, const ASN1_OCTET_STRING *address)
{
    int len = ASN1_STRING_length(address);
    char text[INET6_ADDRSTRLEN];

    if ((len == 4 || len == 16) &&
        inet_ntop(len == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(address), text, sizeof(text)))
        add(names, text, strlen(text));
}

static void add_alternative(struct tls_names *names, const GENERAL_NAME *name)
{
    int type;
    const void *value = GENERAL_NAME_get0_value(name, &type);

    if (type == GEN_IPADD)
        add_address(names, value);
    else if (type == GEN_DNS || type == GEN_URI || type == GEN_EMAIL)
        add(names, ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value));
}

static void add_common(struct tls_names *names, X509 *certificate)
{
    X509_NAME *subject = X509_get_subject_name(certificate);
    int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    unsigned char *text = NULL;
    int len = at < 0 ? -1 : ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));

    if (len > 0)
        add(names, text, (size_t)len);
    OPENSSL_free(text);
}

struct tls_names *tls_names_of(X509 *certificate)
{
    GENERAL_NAMES *alternative = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    int count = alternative ? sk_GENERAL_NAME_num(alternative) : 0;
    struct tls_names *names = calloc(1, sizeof(*names) + ((size_t)count + 1) * sizeof(names->names[0]));

    if (names)
        atomic_init(&names->holders, 1);
    for (int i = 0; names && i < count; i++)
        add_alternative(names, sk_GENERAL_NAME_value(alternative, i));
    if (names)
        add_common(names, certificate);
    GENERAL_NAMES_free(alternative);
    return names;
}

struct tls_names *tls_names_hold(struct tls_names *names)
{
    if (names)
        atomic_fetch_add(&names->holders, 1);
    return names;
}

void tls_names_free(struct tls_names *names)
{
    if (names && atomic_fetch_sub(&names->holders, 1) > 1)
        return;
    for (size_t i = 0; names && i < names->count; i++)
        free(names->names[i]);
    free(names);
}
