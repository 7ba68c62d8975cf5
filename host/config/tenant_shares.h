// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The text of the setting tenant-shares: "name=weight,name=weight".
#ifndef CONFIG_TENANT_SHARES_H
#define CONFIG_TENANT_SHARES_H

#include <stdbool.h>
#include <stddef.h>

struct tenant_share {
    const char *name; // in the text
    size_t name_len;
    unsigned weight; // 1 to 1000
};

// Takes the next one off *text, which is NULL or empty at the end. False: it isn't one, and *text is left as it is.
bool tenant_shares_next(const char **text, struct tenant_share *share);

#endif
