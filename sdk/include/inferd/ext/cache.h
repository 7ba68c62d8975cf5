// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// inferd.cache/1: a cache of bytes, shared by the components of one worker within the worker's byte budget. Keys are
// private to the component. When the budget is used up, the values least worth keeping go.
#ifndef INFERD_EXT_CACHE_H
#define INFERD_EXT_CACHE_H

#include <inferd/host.h>

#ifdef __cplusplus
extern "C" {
#endif

#define INFERD_EXT_CACHE "inferd.cache/1"

struct inferd_cache {
    uint32_t size;
    // Looks many keys up: values[i] is keys[i]'s, its data NULL where there is none or it has expired. How many there
    // are. They are valid until the next call of put or until the caller returns to the host. [loop]
    size_t (*get)(struct inferd_self *self, const struct inferd_bytes *keys, size_t count, struct inferd_bytes *values);
    // Keeps a copy for ttl_s seconds, if it is worth keeping. [loop]
    void (*put)(struct inferd_self *self, struct inferd_bytes key, struct inferd_bytes value, uint32_t ttl_s);
};

#ifdef __cplusplus
}
#endif

#endif
