// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The TLS port, as settings ask for it.
#ifndef DAEMON_TLS_H
#define DAEMON_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include "config/host_settings.h"
#include "front/tls.h"

// The files of the TLS port. NULL: there is to be none.
const struct front_tls_files *tls_files(const struct host_settings *host, struct front_tls_files *files);
// Whether the files will do, before any process serves with them. False with a message in error.
bool tls_check(const struct host_settings *host, char *error, size_t size);

#endif
