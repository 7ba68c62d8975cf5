// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Reads names of keys.
#include "config/etcd_key.h"

#include <ctype.h>

static bool is_name(const uint8_t *text, size_t len, const char *name)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '-')
            continue;
        if (!*name || tolower(text[i]) != *name++)
            return false;
    }
    return !*name;
}

// An id that can be named in a request: UTF-8 without control characters; a slash would make it a deeper key.
static bool is_id(const uint8_t *text, size_t len)
{
    if (len == 0)
        return false;
    for (size_t i = 0, more; i < len; i += more + 1) {
        uint8_t c = text[i];

        more = c < 0x80 ? 0 : c >= 0xc2 && c < 0xe0 ? 1 : c >= 0xe0 && c < 0xf0 ? 2 : c >= 0xf0 && c < 0xf5 ? 3 : len;
        if (c < 0x20 || c == 0x7f || c == '/' || more >= len - i)
            return false;
        for (size_t k = 1; k <= more; k++)
            if ((text[i + k] & 0xc0) != 0x80)
                return false;
    }
    return true;
}

enum etcd_key_kind etcd_key_read(struct inferd_bytes key, size_t prefix_len, struct inferd_bytes *id)
{
    const uint8_t *name, *slash;
    size_t len;

    if (key.len <= prefix_len)
        return ETCD_KEY_OTHER;
    name = key.data + prefix_len + 1;
    len = key.len - prefix_len - 1;
    slash = memchr(name, '/', len);
    if (!slash)
        return is_name(name, len, "configmap")       ? ETCD_KEY_MAP
               : is_name(name, len, "serviceconfig") ? ETCD_KEY_SERVICE
                                                     : ETCD_KEY_OTHER;
    id->data = slash + 1;
    id->len = len - (size_t)(slash + 1 - name);
    return is_name(name, (size_t)(slash - name), "configmap") && is_id(id->data, id->len) ? ETCD_KEY_MODEL
                                                                                          : ETCD_KEY_OTHER;
}

enum etcd_key_kind etcd_key_read_resource(struct inferd_bytes key, size_t prefix_len, struct inferd_bytes *id)
{
    if (key.len <= prefix_len)
        return ETCD_KEY_OTHER;
    *id = (struct inferd_bytes){key.data + prefix_len + 1, key.len - prefix_len - 1};
    return is_id(id->data, id->len) ? ETCD_KEY_MODEL : ETCD_KEY_OTHER;
}
