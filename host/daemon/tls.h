// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The TLS port of all processes: the one that leads keeps it, those that serve listen there.
#ifndef DAEMON_TLS_H
#define DAEMON_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include "config/host_settings.h"
#include "front/tls.h"
#include "process/reserve.h"

void tls_files(const struct host_settings *host, struct front_tls_files *files);
// Where to listen, given the port that is kept. Returns text.
const char *tls_address(const struct host_settings *host, int port, char *text, size_t size);
// By who leads, before it starts others: checks the files, keeps the port, and tells it to them. Nothing happens where
// no TLS is asked for: then the port stays 0. False with a message in error.
bool tls_prepare(const struct host_settings *host, struct reserve *reserve, char *error, size_t size);

#endif
