// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The text of the setting tenant-shares.
#include "config/tenant_shares.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define HEAVIEST 1000

bool tenant_shares_next(const char **text, struct tenant_share *share)
{
    size_t len = strcspn(*text, ",");
    const char *equals = memrchr(*text, '=', len);
    unsigned long weight;
    char *end;

    if (!equals || equals == *text || !isdigit((unsigned char)equals[1]))
        return false;
    weight = strtoul(equals + 1, &end, 10);
    if (end != *text + len || weight < 1 || weight > HEAVIEST || (*end == ',' && end[1] == '\0'))
        return false;
    *share = (struct tenant_share){*text, (size_t)(equals - *text), (unsigned)weight};
    *text = end + (*end == ',');
    return true;
}
