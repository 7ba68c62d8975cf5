// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What comes out of the relay, and where it goes: to a session of gRPC's or to the HTTP server, with the names of its
// client.
//
// A drain waits for gRPC's connections as sessions once they are answered, and for HTTP's until they have ended.
#include "front/server_tls.h"

#include <unistd.h>

#include "front/http.h"
#include "front/relay.h"
#include "front/server.h"
#include "front/session.h"
#include "front/tls_names.h"

#define AGREE_US 10000000 // as long as a plain connection may take to say what it speaks
#define PART_US 30000000  // what is left is at most what a socket pair holds, and a piece

// [relay]
static void open_http(struct front_server *server, int fd, struct tls_names *names)
{
    pthread_mutex_lock(&server->http_lock);
    if (server->http) {
        http_add_relayed(server->http, fd, names);
    } else {
        close(fd);
        tls_names_free(names);
    }
    pthread_mutex_unlock(&server->http_lock);
}

// [relay]
static void opened(void *user, enum relay_protocol protocol, int fd, struct tls_names *names, bool spare)
{
    struct front_server *server = user;

    if (protocol == RELAY_HTTP1) {
        open_http(server, fd, names);
        return;
    }
    session_open(server, fd, spare, names);
}

// It is a session, or has ended. [any]
static void came(void *user)
{
    front_server_came(user);
}

bool front_server_speak_tls(struct front_server *server, const struct front_tls_files *files, char *error, size_t size)
{
    struct relay_options options;

    pthread_mutex_init(&server->http_lock, NULL);
    if (!files)
        return true;
    server->tls = front_tls_new(files, error, size);
    if (!server->tls)
        return false;
    options = (struct relay_options){.tls = server->tls,
                                     .agree_us = AGREE_US,
                                     .part_us = PART_US,
                                     .user = server,
                                     .opened = opened,
                                     .answered = came,
                                     .ended = came};
    server->relay = relay_new(&options, error, size);
    return server->relay != NULL;
}

void front_server_join_http(struct front_server *server, struct http_server *http)
{
    pthread_mutex_lock(&server->http_lock);
    server->http = http;
    pthread_mutex_unlock(&server->http_lock);
}

void front_server_add_tls(struct front_server *server, int fd, bool spare)
{
    front_server_expect(server);
    if (!relay_take(server->relay, fd, spare))
        came(server);
}

void front_server_free_tls(struct front_server *server)
{
    front_tls_free(server->tls);
    pthread_mutex_destroy(&server->http_lock);
}
