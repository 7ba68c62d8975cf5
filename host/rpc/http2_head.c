// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Headers of requests, prepared once for a method.
#include <stdlib.h>
#include <string.h>
#include "config.h"
#include "rpc/http2_inner.h"

void http2_field(nghttp2_nv *field, const char *name, const char *value)
{
    *field = (nghttp2_nv){.name = (uint8_t *)name,
                          .namelen = strlen(name),
                          .value = (uint8_t *)value,
                          .valuelen = strlen(value),
                          .flags = NGHTTP2_NV_FLAG_NONE};
}

// The field with texts of its own. False: no memory.
static bool add(struct http2_head *head, const char *name, const char *value)
{
    char *own_name = strdup(name), *own_value = strdup(value);

    if (own_name == NULL || own_value == NULL) {
        free(own_name);
        free(own_value);
        return false;
    }
    http2_field(&head->fields[head->count++], own_name, own_value);
    return true;
}

struct http2_head *http2_head_new(const char *authority, const char *path, const struct rpc_header *headers,
                                  size_t count)
{
    static const char *const fixed[][2] = {{":method", "POST"},
                                           {":scheme", "http"},
                                           {":path", NULL},
                                           {":authority", NULL},
                                           {"te", "trailers"},
                                           {"content-type", "application/grpc"},
                                           {"user-agent", PACKAGE_NAME "/" PACKAGE_VERSION}};
    const size_t fixed_count = sizeof(fixed) / sizeof(fixed[0]);
    struct http2_head *head = calloc(1, sizeof(*head) + (fixed_count + count) * sizeof(head->fields[0]));
    bool whole = head != NULL;

    for (size_t i = 0; whole && i < fixed_count; i++)
        whole = add(head, fixed[i][0],
                    fixed[i][1] != NULL                 ? fixed[i][1]
                    : strcmp(fixed[i][0], ":path") == 0 ? path
                                                        : authority);
    for (size_t i = 0; whole && i < count; i++)
        whole = add(head, headers[i].name, headers[i].value);
    if (whole)
        return head;
    http2_head_free(head);
    return NULL;
}

void http2_head_free(struct http2_head *head)
{
    if (head == NULL)
        return;
    for (size_t i = 0; i < head->count; i++) {
        free(head->fields[i].name);
        free(head->fields[i].value);
    }
    free(head);
}
