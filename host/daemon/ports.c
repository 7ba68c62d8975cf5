// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Ports of settings.
#include "daemon/ports.h"

#include <stdio.h>

#include "base/log.h"

static const char *put(const char *address, int64_t port, char *text, size_t size)
{
    snprintf(text, size, "%s:%lld", *address ? address : "*", (long long)port);
    return text;
}

const char *ports_address(const struct host_settings *host, char *text, size_t size)
{
    return put(host->listen_address, host->port, text, size);
}

const char *ports_tls_address(const struct host_settings *host, char *text, size_t size)
{
    return host->tls_port < 0 ? NULL : put(host->tls_address, host->tls_port, text, size);
}

void ports_say_tls(const struct host_settings *host, unsigned port)
{
    if (port)
        log_info("tls", "TLS on port %u%s", port, *host->tls_ca_file ? ", for clients with a certificate" : "");
}
