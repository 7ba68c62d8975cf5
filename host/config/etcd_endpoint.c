// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Reads endpoints. Whether anybody listens there is not for this file to know.
#include "config/etcd_endpoint.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "config/source.h"

#define DEFAULT_PORT "2379"

// The length of the host in front of a port, or of the whole text; (size_t)-1: neither.
static size_t host_len(const char *text, size_t len)
{
    const char *end = memchr(text, ']', len), *colon;

    if (len > 0 && *text == '[')
        return end ? (size_t)(end + 1 - text) : (size_t)-1;
    colon = memchr(text, ':', len);
    if (colon && memchr(colon + 1, ':', len - (size_t)(colon + 1 - text)))
        return (size_t)-1; // IPv6 without brackets
    return colon ? (size_t)(colon - text) : len;
}

static bool is_port(const char *text, size_t len)
{
    unsigned port = 0;

    for (size_t i = 0; i < len; i++) {
        if (!isdigit((unsigned char)text[i]) || port > 65535)
            return false;
        port = port * 10 + (unsigned)(text[i] - '0');
    }
    return port > 0 && port <= 65535;
}

// One endpoint; false: it is none, or there is no memory (address is NULL then too).
static bool read_one(const char *text, size_t len, struct etcd_endpoint *endpoint)
{
    static const char plain[] = "http://", tls[] = "https://";
    size_t host, skip = 0;

    if (len >= sizeof(tls) - 1 && strncasecmp(text, tls, sizeof(tls) - 1) == 0)
        skip = sizeof(tls) - 1;
    else if (len >= sizeof(plain) - 1 && strncasecmp(text, plain, sizeof(plain) - 1) == 0)
        skip = sizeof(plain) - 1;
    endpoint->tls = skip == sizeof(tls) - 1;
    text += skip;
    len -= skip;
    if (len > 0 && text[len - 1] == '/')
        len--;
    host = host_len(text, len);
    if (host == 0 || host > len || memchr(text, '/', len) || memchr(text, ' ', len))
        return false;
    if (host < len && (text[host] != ':' || !is_port(text + host + 1, len - host - 1)))
        return false;
    if (asprintf(&endpoint->address, "%.*s%s", (int)len, text, host == len ? ":" DEFAULT_PORT : "") < 0)
        endpoint->address = NULL;
    return endpoint->address;
}

size_t etcd_endpoints_read(const char *text, struct etcd_endpoint **list, char *error, size_t size)
{
    struct etcd_endpoint *endpoints = NULL, *more;
    const char *end = text;
    size_t count = 0, len;

    for (; *text; text = *end ? end + 1 : end) {
        end = text + strcspn(text, ",");
        while (text < end && isspace((unsigned char)*text))
            text++;
        for (len = (size_t)(end - text); len > 0 && isspace((unsigned char)text[len - 1]); len--)
            ;
        if (len == 0)
            continue;
        more = realloc(endpoints, (count + 1) * sizeof(*endpoints));
        endpoints = more ? more : endpoints;
        if (!more || !read_one(text, len, &endpoints[count])) {
            snprintf(error, size,
                     "\"%.*s\" is no etcd endpoint; expected http://host:port, several separated by commas", (int)len,
                     text);
            etcd_endpoints_free(endpoints, count);
            return 0;
        }
        count++;
    }
    if (count == 0)
        snprintf(error, size, "there is no etcd endpoint; expected http://host:port, several separated by commas");
    *list = endpoints;
    return count;
}

static bool is_given(const char *text)
{
    return text && *text;
}

bool etcd_endpoints_check(const struct etcd_endpoint *list, size_t count, const struct source_etcd_options *options,
                          char *error, size_t size)
{
    bool cert = is_given(options->cert_file), key = is_given(options->key_file);

    if (cert != key) {
        snprintf(error, size,
                 "etcd's client %s is given without its %s: --etcd-cert-file and --etcd-key-file go together",
                 cert ? "certificate" : "private key", cert ? "private key" : "certificate");
        return false;
    }
    for (size_t i = 0; i < count && (cert || is_given(options->ca_file)); i++)
        if (!list[i].tls) {
            snprintf(error, size,
                     "etcd's certificates are given, but %s would be talked to in plain text: write https://%s",
                     list[i].address, list[i].address);
            return false;
        }
    return true;
}

void etcd_endpoints_free(struct etcd_endpoint *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(list[i].address);
    free(list);
}
