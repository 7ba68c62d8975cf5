// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Where to listen, as settings ask for it.
#ifndef DAEMON_PORTS_H
#define DAEMON_PORTS_H

#include <stddef.h>
#include "config/host_settings.h"

// In text, which is returned.
const char *ports_address(const struct host_settings *host, char *text, size_t size);
// Likewise for TLS; NULL: nowhere.
const char *ports_tls_address(const struct host_settings *host, char *text, size_t size);
void ports_say_tls(const struct host_settings *host, unsigned port); // in the log; 0: there is none

#endif
