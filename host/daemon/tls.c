// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The TLS port. gRPC speaks TLS only on connections that it accepted itself, so each worker listens, and the kernel
// deals connections out.
#include "daemon/tls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

void tls_files(const struct host_settings *host, struct front_tls_files *files)
{
    *files = (struct front_tls_files){.cert_file = host->tls_cert_file,
                                      .key_file = host->tls_key_file,
                                      .ca_file = *host->tls_ca_file ? host->tls_ca_file : NULL};
}

const char *tls_address(const struct host_settings *host, int port, char *text, size_t size)
{
    const char *address = *host->listen_address ? host->listen_address : "::";

    snprintf(text, size, strchr(address, ':') ? "[%s]:%d" : "%s:%d", address, port);
    return text;
}

bool tls_prepare(const struct host_settings *host, struct reserve *reserve, char *error, size_t size)
{
    // One that is there already is that of the process we were started to succeed.
    bool succeeds = host->tls_bound_port > 0 && (host->tls_port == 0 || host->tls_port == host->tls_bound_port);
    struct front_tls_files files;
    char port[16];

    memset(reserve, 0, sizeof(*reserve));
    if (host->tls_port < 0)
        return true;
    if (!*host->tls_cert_file || !*host->tls_key_file) {
        snprintf(error, size, "TLS needs a certificate and its private key: give --tls-cert-file and --tls-key-file");
        return false;
    }
    tls_files(host, &files);
    if (!front_tls_check(&files, error, size) ||
        !reserve_port(reserve, host->listen_address, (unsigned)(succeeds ? host->tls_bound_port : host->tls_port),
                      succeeds, error, size))
        return false;
    snprintf(port, sizeof(port), "%u", reserve->port);
    setenv("INFERD_TLS_BOUND_PORT", port, 1);
    log_info("tls", "TLS on port %u%s", reserve->port, files.ca_file ? ", for clients with a certificate" : "");
    return true;
}
