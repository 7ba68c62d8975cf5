// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Compares dotted numbers part by part.
#include "module/version.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define PART_DIGITS_MAX 9 // so that a part fits in a long
#define VERSION_MAX 32

bool module_version_valid(const char *version)
{
    size_t digits = 0;

    if (strlen(version) > VERSION_MAX)
        return false;
    for (const char *at = version; *at != '\0'; at++) {
        if (isdigit((unsigned char)*at) && ++digits <= PART_DIGITS_MAX)
            continue;
        if (*at != '.' || digits == 0 || digits > PART_DIGITS_MAX)
            return false;
        digits = 0;
    }
    return digits > 0;
}

// Takes the first part off a version; 0 where there is none.
static long next_part(const char **version)
{
    char *end;
    long part = strtol(*version, &end, 10);

    *version = *end == '.' ? end + 1 : end;
    return part;
}

int module_version_compare(const char *a, const char *b)
{
    while (*a != '\0' || *b != '\0') {
        long x = next_part(&a), y = next_part(&b);

        if (x != y)
            return x < y ? -1 : 1;
    }
    return 0;
}

bool module_version_matches(const char *version, const char *wanted)
{
    size_t len = strlen(wanted);

    return len > 0 && strncmp(version, wanted, len) == 0 && (version[len] == '\0' || version[len] == '.');
}
