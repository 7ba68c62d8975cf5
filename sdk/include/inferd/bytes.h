// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A view of bytes owned by somebody else.
#ifndef INFERD_BYTES_H
#define INFERD_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

struct inferd_bytes {
    const uint8_t *data; // may be NULL where len is 0; not terminated
    size_t len;
};

// A view of a C string, without its terminator. [any]
static inline struct inferd_bytes inferd_bytes_of(const char *text)
{
    struct inferd_bytes b = {(const uint8_t *)text, text ? strlen(text) : 0};

    return b;
}

// Whether two views show the same bytes. [any]
static inline bool inferd_bytes_equal(struct inferd_bytes a, struct inferd_bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

#ifdef __cplusplus
}
#endif

#endif
