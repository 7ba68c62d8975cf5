// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Edit distance (optimal string alignment). Names here are short; what is longer than the table is never near.
#include "config/nearest.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { LONGEST = 96 };

static size_t min(size_t a, size_t b)
{
    return a < b ? a : b;
}

static bool same(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

// The distance, or SIZE_MAX once it is seen to be 'limit' or more: a file full of names that nobody knows is compared
// with everything that somebody does.
static size_t distance_below(const char *a, const char *b, size_t limit)
{
    size_t rows[3][LONGEST + 1];
    size_t *before = rows[0], *last = rows[1], *now = rows[2];
    size_t a_len = strlen(a), b_len = strlen(b), least, least_before = 0;

    if (a_len > LONGEST || b_len > LONGEST || (a_len > b_len ? a_len - b_len : b_len - a_len) >= limit)
        return SIZE_MAX;
    for (size_t j = 0; j <= b_len; j++)
        last[j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        size_t *spare = before;

        now[0] = least = i;
        for (size_t j = 1; j <= b_len; j++) {
            now[j] = min(min(last[j], now[j - 1]) + 1, last[j - 1] + !same(a[i - 1], b[j - 1]));
            if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
                now[j] = min(now[j], before[j - 2] + 1);
            least = min(least, now[j]);
        }
        if (min(least, least_before) >= limit) // a swap goes on from the row before
            return SIZE_MAX;
        least_before = least;
        before = last;
        last = now;
        now = spare;
    }
    return last[b_len];
}

size_t nearest_distance(const char *a, const char *b)
{
    return distance_below(a, b, SIZE_MAX);
}

void nearest_init(struct nearest *nearest, const char *name)
{
    size_t len = strlen(name);

    nearest->name = name;
    nearest->found = NULL;
    nearest->distance = (len < 6 ? 2 : len / 3) + 1;
    if (nearest->distance > len)
        nearest->distance = len;
}

void nearest_try(struct nearest *nearest, const char *candidate)
{
    size_t distance = candidate ? distance_below(nearest->name, candidate, nearest->distance) : SIZE_MAX;

    if (distance < nearest->distance) {
        nearest->distance = distance;
        nearest->found = candidate;
    }
}
