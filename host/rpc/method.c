// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Methods of backends: what can be known before the first call is checked and prepared here.
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <grpc/slice.h>
#include "base/magic.h"
#include "rpc/pool.h"

// "host:port", or a target of gRPC's with a scheme; why not otherwise.
static const char *fault_of_address(const char *address)
{
    const char *colon = strrchr(address, ':');
    char *end;
    unsigned long port;

    if (strncmp(address, "unix:", 5) == 0)
        return NULL;
    if (colon == NULL || colon == address || !isdigit((unsigned char)colon[1]))
        return "has no port; write host:port";
    port = strtoul(colon + 1, &end, 10);
    if (*end != '\0' || port == 0 || port > 65535)
        return "has no valid port; write host:port";
    if (address[strcspn(address, " \t\r\n\"<>\\^`{|}")] != '\0')
        return "has a character that no address has";
    return NULL;
}

static const char *fault_of_path(const char *path)
{
    const char *second = path[0] == '/' ? strchr(path + 1, '/') : NULL;

    if (second == NULL || second == path + 1 || second[1] == '\0')
        return "is no method; write /package.Service/Method";
    return NULL;
}

static const char *fault_of_header(const struct rpc_header *header)
{
    grpc_slice name = grpc_slice_from_static_string(header->name);
    grpc_slice value = grpc_slice_from_static_string(header->value);

    if (!grpc_header_key_is_legal(name))
        return "is no header; its name takes a-z, 0-9, '-', '_' and '.'";
    if (!grpc_is_binary_header(name) && !grpc_header_nonbin_value_is_legal(value))
        return "has a value that a header can't have; printable ASCII only";
    return NULL;
}

static bool check(const struct rpc_method_options *options, char *error, size_t size)
{
    const char *what = options->address, *fault = fault_of_address(options->address);

    if (fault == NULL)
        fault = fault_of_path(what = options->path);
    for (size_t i = 0; fault == NULL && i < options->header_count; i++)
        fault = fault_of_header((what = options->headers[i].name, &options->headers[i]));
    if (fault != NULL)
        snprintf(error, size, "\"%s\" %s", what, fault);
    else if (options->header_count > RPC_MAX_HEADERS)
        snprintf(error, size, "%s: more than %d headers", options->path, RPC_MAX_HEADERS);
    else
        return true;
    return false;
}

bool rpc_headers_have_binary(const struct rpc_header *headers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (grpc_is_binary_header(grpc_slice_from_static_string(headers[i].name)))
            return true;
    return false;
}

struct rpc_method *rpc_method_open(struct rpc_pool *pool, const struct rpc_method_options *options, char *error,
                                   size_t size)
{
    struct rpc_method *method;

    if (!check(options, error, size))
        return NULL;
    method = calloc(1, sizeof(*method) + options->header_count * sizeof(method->headers[0]));
    if (method == NULL || (method->path = strdup(options->path)) == NULL) {
        snprintf(error, size, "out of memory");
        goto fail;
    }
    method->channel = rpc_channel_get(pool, options, error, size);
    if (method->channel == NULL)
        goto fail;
    method->magic = RPC_METHOD_MAGIC;
    method->pool = pool;
    method->handle =
        grpc_channel_register_call(method->channel->grpc, options->path, rpc_channel_authority(method->channel), NULL);
    atomic_init(&method->users, 1);
    if (method->channel->link != NULL && !rpc_headers_have_binary(options->headers, options->header_count))
        method->head = http2_head_new(options->address, options->path, options->headers, options->header_count);
    // Counted slices, although static ones would save the counting: a call may be over, and its method closed, while
    // its bytes still wait in a connection that doesn't drain.
    for (size_t i = 0; i < options->header_count; i++) {
        method->headers[i].key = grpc_slice_from_copied_string(options->headers[i].name);
        method->headers[i].value = grpc_slice_from_copied_string(options->headers[i].value);
    }
    method->header_count = options->header_count;
    return method;
fail:
    if (method != NULL)
        free(method->path);
    free(method);
    return NULL;
}

void rpc_method_use(struct rpc_method *method)
{
    CHECK_MAGIC(method, RPC_METHOD_MAGIC);
    atomic_fetch_add_explicit(&method->users, 1, memory_order_relaxed);
}

void rpc_method_close(struct rpc_method *method)
{
    if (method == NULL)
        return;
    CHECK_MAGIC(method, RPC_METHOD_MAGIC);
    if (atomic_fetch_sub_explicit(&method->users, 1, memory_order_acq_rel) > 1)
        return;
    for (size_t i = 0; i < method->header_count; i++) {
        grpc_slice_unref(method->headers[i].key);
        grpc_slice_unref(method->headers[i].value);
    }
    http2_head_free(method->head);
    rpc_channel_put(method->pool, method->channel);
    method->magic = 0;
    free(method->path);
    free(method);
}

const grpc_metadata *rpc_headers_join(const struct rpc_method *method, const struct rpc_header *extra,
                                      size_t extra_count, grpc_metadata *room)
{
    if (extra_count == 0)
        return method->headers;
    ALWAYS(extra_count <= RPC_MAX_EXTRA);
    memcpy(room, method->headers, method->header_count * sizeof(room[0]));
    for (size_t i = 0; i < extra_count; i++) {
        grpc_metadata *header = &room[method->header_count + i];

        memset(header, 0, sizeof(*header));
        header->key = grpc_slice_from_static_string(extra[i].name); // gRPC copies names, and shares values
        header->value = grpc_slice_from_copied_string(extra[i].value);
    }
    return room;
}

void rpc_headers_drop(const struct rpc_method *method, size_t extra_count, grpc_metadata *room)
{
    for (size_t i = 0; i < extra_count; i++)
        grpc_slice_unref(room[method->header_count + i].value);
}

char *rpc_method_error(const struct rpc_method *method, const void *text, size_t len, size_t *error_len)
{
    char *error;
    int wrote =
        asprintf(&error, "backend %s %s: %.*s", method->channel->address, method->path, (int)len, (const char *)text);

    if (wrote < 0)
        return NULL;
    *error_len = (size_t)wrote;
    return error;
}
