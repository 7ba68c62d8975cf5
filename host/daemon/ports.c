// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Ports of settings.
#include "daemon/ports.h"

#include <stdio.h>

#include "base/log.h"

const char *ports_address(const struct host_settings *host, int64_t port, char *text, size_t size)
{
    snprintf(text, size, "%s:%lld", *host->listen_address ? host->listen_address : "*", (long long)port);
    return text;
}

// Where to listen for TLS, in text; NULL: nowhere.
const char *ports_tls_address(const struct host_settings *host, char *text, size_t size)
{
    return host->tls_port < 0 ? NULL : ports_address(host, host->tls_port, text, size);
}

void ports_say_tls(const struct host_settings *host, unsigned port)
{
    if (port)
        log_info("tls", "TLS on port %u%s", port, *host->tls_ca_file ? ", for clients with a certificate" : "");
}
