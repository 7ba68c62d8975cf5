// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The numbers that replies give columns' types.
#include "plan/reported.h"

#include <string.h>

#include <inferd/types.h>

static const char *const names[INFERD_TYPE_COUNT] = {
#define INFERD_SCALAR(id, number, name, size, kserve) [number] = "DataType" name,
#include <inferd/types.tbl>
#define INFERD_SCALAR(id, number, name, size, kserve) [(number) + 15] = "DataType" name "Vector",
#include <inferd/types.tbl>
};

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

// Whether 'spelling' is the lower case form of a name without its prefix.
static int is_short_name(const char *spelling, const char *name)
{
    name += strlen("DataType");
    while (*spelling && *spelling == lower(*name)) {
        spelling++;
        name++;
    }
    return !*spelling && !*name;
}

unsigned plan_reported_type(unsigned type, const char *spelling, bool compat)
{
    if (!compat || !spelling)
        return type ? type : INFERD_TYPE_STRING;
    for (unsigned i = 1; i < INFERD_TYPE_COUNT; i++)
        if (strcmp(spelling, names[i]) == 0 || is_short_name(spelling, names[i]))
            return i;
    return INFERD_TYPE_STRING;
}
