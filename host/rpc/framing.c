// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The texts of timeouts.
#include "rpc/framing.h"

#include <stdio.h>
#include <string.h>

#define MOST 99999999

void framing_write_timeout(int64_t us, char text[24])
{
    static const struct {
        int64_t us;
        char name;
    } units[] = {{1, 'u'}, {1000, 'm'}, {1000000, 'S'}, {60000000, 'M'}, {3600000000, 'H'}};
    size_t unit = 0;

    if (us < 1)
        us = 1;
    while (unit + 1 < sizeof(units) / sizeof(units[0]) && us / units[unit].us > MOST)
        unit++;
    if (us / units[unit].us > MOST)
        us = MOST * units[unit].us;
    snprintf(text, 24, "%lld%c", (long long)((us + units[unit].us - 1) / units[unit].us), units[unit].name);
}

bool framing_read_timeout(const char *text, size_t len, int64_t *us)
{
    static const char units[] = "HMSmun";
    static const int64_t unit_ns[] = {3600000000000, 60000000000, 1000000000, 1000000, 1000, 1};
    const char *unit = len >= 2 && len <= 9 ? memchr(units, text[len - 1], sizeof(units) - 1) : NULL;
    int64_t number = 0;

    if (!unit)
        return false;
    for (size_t i = 0; i + 1 < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        number = number * 10 + text[i] - '0';
    }
    *us = unit_ns[unit - units] >= 1000 ? number * (unit_ns[unit - units] / 1000) : number / 1000;
    return true;
}
