// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Inside of the client of etcd.
#ifndef CONFIG_ETCD_CLIENT_INNER_H
#define CONFIG_ETCD_CLIENT_INNER_H

#include "config/etcd_client.h"
#include "config/etcd_endpoint.h"
#include "proto/etcd.pb-c.h"
#include "rpc/call.h"

struct etcd_client {
    struct loop *loop;
    struct rpc_pool *pool;
    struct etcd_endpoint *endpoints;
    size_t endpoint_count, endpoint; // the one that is talked to
    struct source_etcd_options options;
    char *token; // NULL: none yet, or none is needed
    bool known;  // who we are was told
    int64_t revision;
    char error[512];
};

// A method of the endpoint that is talked to; NULL: the error is set.
struct rpc_method *etcd_client_method(struct etcd_client *client, const char *path);
// The token's header; the number of headers.
size_t etcd_client_headers(const struct etcd_client *client, struct rpc_header headers[1]);
// Keeps what went wrong; what that is.
enum etcd_answer etcd_client_fail(struct etcd_client *client, int status, const char *text, size_t len);
// The same for an answer that etcd would not give; the status.
int etcd_client_disbelieve(struct etcd_client *client);

#endif
