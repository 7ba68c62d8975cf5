// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The server's side of the TLS port. Inside of the server: see server.h for what others do with it.
#ifndef FRONT_SERVER_TLS_H
#define FRONT_SERVER_TLS_H

#include <stdbool.h>
#include <stddef.h>

struct front_server;
struct front_tls_files;

// files NULL: there is none. False with a message in error; front_server_free_tls() follows all the same.
bool front_server_speak_tls(struct front_server *server, const struct front_tls_files *files, char *error, size_t size);
void front_server_free_tls(struct front_server *server); // the relay was freed before

#endif
