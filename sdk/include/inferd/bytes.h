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

// Four or eight bytes as a little-endian number. [any]
static inline uint32_t inferd_bytes_load32(const uint8_t *at)
{
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static inline uint64_t inferd_bytes_load64(const uint8_t *at)
{
    return inferd_bytes_load32(at) | (uint64_t)inferd_bytes_load32(at + 4) << 32;
}

// Likewise 'len' bytes, of which the first eight count. [any]
static inline uint64_t inferd_bytes_load(const uint8_t *at, size_t len)
{
    if (len >= 8)
        return inferd_bytes_load64(at);
    if (len >= 4) // the two pieces overlap in equal bits
        return inferd_bytes_load32(at) | (uint64_t)inferd_bytes_load32(at + len - 4) << 8 * (len - 4);
    if (len == 0)
        return 0;
    return at[0] | (uint64_t)at[len / 2] << 8 * (len / 2) | (uint64_t)at[len - 1] << 8 * (len - 1);
}

// Whether two views show the same bytes. Short ones are compared without a call. [any]
static inline bool inferd_bytes_equal(struct inferd_bytes a, struct inferd_bytes b)
{
    if (a.len != b.len)
        return false;
    if (a.len > 16)
        return memcmp(a.data, b.data, a.len) == 0;
    if (a.len >= 8) // two pieces that may overlap
        return inferd_bytes_load64(a.data) == inferd_bytes_load64(b.data) &&
               inferd_bytes_load64(a.data + a.len - 8) == inferd_bytes_load64(b.data + a.len - 8);
    if (a.len >= 4)
        return inferd_bytes_load32(a.data) == inferd_bytes_load32(b.data) &&
               inferd_bytes_load32(a.data + a.len - 4) == inferd_bytes_load32(b.data + a.len - 4);
    return inferd_bytes_load(a.data, a.len) == inferd_bytes_load(b.data, a.len);
}

// Copies the bytes to 'at', and returns where they end there. Short ones, as keys and most values are, without a call:
// two pieces that may overlap cover them. [any]
static inline uint8_t *inferd_bytes_put(uint8_t *at, struct inferd_bytes bytes)
{
    const uint8_t *data = bytes.data;
    size_t len = bytes.len;

    if (len > 16) {
        memcpy(at, data, len);
    } else if (len >= 8) {
        memcpy(at, data, 8);
        memcpy(at + len - 8, data + len - 8, 8);
    } else if (len >= 4) {
        memcpy(at, data, 4);
        memcpy(at + len - 4, data + len - 4, 4);
    } else if (len) {
        at[0] = data[0];
        at[len / 2] = data[len / 2];
        at[len - 1] = data[len - 1];
    }
    return at + len;
}

#ifdef __cplusplus
}
#endif

#endif
