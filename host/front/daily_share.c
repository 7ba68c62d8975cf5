// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A share of users that is the same for a whole day.
#include "front/daily_share.h"

#include <string.h>

static uint32_t rotate(uint32_t x, int by)
{
    return x << by | x >> (32 - by);
}

static uint32_t scramble(uint32_t k)
{
    return rotate(k * 0xcc9e2d51u, 15) * 0x1b873593u;
}

uint32_t daily_share_hash(const uint8_t *data, size_t len)
{
    uint32_t hash = 0, tail = 0;
    size_t i = 0;

    for (; i + 4 <= len; i += 4) {
        uint32_t k = data[i] | (uint32_t)data[i + 1] << 8 | (uint32_t)data[i + 2] << 16 | (uint32_t)data[i + 3] << 24;

        hash = rotate(hash ^ scramble(k), 13) * 5 + 0xe6546b64u;
    }
    for (size_t n = len; n > i; n--)
        tail = tail << 8 | data[n - 1];
    if (len > i)
        hash ^= scramble(tail);
    hash ^= (uint32_t)len;
    hash = (hash ^ hash >> 16) * 0x85ebca6bu;
    hash = (hash ^ hash >> 13) * 0xc2b2ae35u;
    return hash ^ hash >> 16;
}

bool daily_share_has(struct inferd_bytes user, time_t now, uint32_t percent)
{
    uint8_t key[512];
    struct tm day;
    size_t len = user.len < sizeof(key) - 16 ? user.len : sizeof(key) - 16;
    int64_t hash;

    if (percent == 0)
        return false;
    if (len)
        memcpy(key, user.data, len);
    localtime_r(&now, &day);
    len += strftime((char *)key + len, 16, "%d%m%Y", &day);
    hash = (int32_t)daily_share_hash(key, len);
    return (uint32_t)((hash < 0 ? -hash : hash) % 100) < percent;
}
