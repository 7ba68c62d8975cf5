// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Reads names of data types. Knows nothing of JSON.
#include "config/type_name.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <inferd/types.h>
#include "config/nearest.h"

struct scalar {
    unsigned type;
    const char *name, *kserve;
};

static const struct scalar scalars[] = {
#define INFERD_SCALAR(id, number, name, size, kserve) {number, name, kserve},
#include <inferd/types.tbl>
};

enum { SCALARS = sizeof(scalars) / sizeof(scalars[0]) };

static bool is(const char *name, const char *text, size_t len)
{
    return strlen(name) == len && strncasecmp(name, text, len) == 0;
}

// Takes a prefix off, if it is there.
static bool take(const char **text, size_t *len, const char *prefix)
{
    size_t n = strlen(prefix);

    if (*len < n || strncasecmp(*text, prefix, n) != 0)
        return false;
    *text += n;
    *len -= n;
    return true;
}

unsigned type_name_read(const char *spelling, size_t len)
{
    static const char suffix[] = "vector";
    const size_t tail = sizeof(suffix) - 1;
    bool vector = false;

    take(&spelling, &len, "DataType");
    if (len > tail && strncasecmp(spelling + len - tail, suffix, tail) == 0) {
        vector = true;
        len -= tail;
    }
    for (size_t i = 0; i < SCALARS; i++)
        if (is(scalars[i].name, spelling, len) || is(scalars[i].kserve, spelling, len))
            return vector ? scalars[i].type + (INFERD_TYPE_STRING_VECTOR - INFERD_TYPE_STRING) : scalars[i].type;
    return INFERD_TYPE_UNKNOWN;
}

const char *type_name_near(const char *spelling)
{
    static const char *const full[] = {
#define INFERD_SCALAR(id, number, name, size, kserve) name, name "Vector", "DataType" name, "DataType" name "Vector",
#include <inferd/types.tbl>
    };
    struct nearest nearest;

    nearest_init(&nearest, spelling);
    for (size_t i = 0; i < sizeof(full) / sizeof(full[0]); i++)
        nearest_try(&nearest, full[i]);
    return nearest.found;
}
