// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Settings of the TLS port.
#include "daemon/tls.h"

#include <stdio.h>

static const char *or_null(const char *text)
{
    return *text ? text : NULL;
}

const struct front_tls_files *tls_files(const struct host_settings *host, struct front_tls_files *files)
{
    *files = (struct front_tls_files){.cert_file = host->tls_cert_file,
                                      .key_file = host->tls_key_file,
                                      .ca_file = or_null(host->tls_ca_file),
                                      .crl_file = or_null(host->tls_crl_file)};
    return host->tls_port < 0 ? NULL : files;
}

bool tls_check(const struct host_settings *host, char *error, size_t size)
{
    struct front_tls_files files;

    if (!tls_files(host, &files))
        return true;
    if (!*files.cert_file || !*files.key_file) {
        snprintf(error, size, "TLS needs a certificate and its private key: give --tls-cert-file and --tls-key-file");
        return false;
    }
    if (files.crl_file && !files.ca_file) {
        snprintf(error, size, "--tls-crl-file is of use only where clients show certificates: give --tls-ca-file");
        return false;
    }
    return front_tls_check(&files, error, size);
}
