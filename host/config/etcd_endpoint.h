// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The endpoints of an etcd cluster, from "http://a:2379,b:2379,https://c".
#ifndef CONFIG_ETCD_ENDPOINT_H
#define CONFIG_ETCD_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>

struct source_etcd_options;

struct etcd_endpoint {
    char *address; // "host:port"
    bool tls;
};

// Their number, the list to be freed by etcd_endpoints_free(); 0 with what is wrong in error.
size_t etcd_endpoints_read(const char *text, struct etcd_endpoint **list, char *error, size_t size);
// Whether what is asked for is possible: files for TLS are of no use without it. False, with why not in error.
bool etcd_endpoints_check(const struct etcd_endpoint *list, size_t count, const struct source_etcd_options *options,
                          char *error, size_t size);
void etcd_endpoints_free(struct etcd_endpoint *list, size_t count);

#endif
