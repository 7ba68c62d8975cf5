// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The nearest of some names to a name that isn't among them, for messages: "did you mean …?". Case doesn't count.
#ifndef CONFIG_NEAREST_H
#define CONFIG_NEAREST_H

#include <stddef.h>

struct nearest {
    const char *name;  // what was written
    const char *found; // the nearest so far, or NULL where none is near enough to be meant
    size_t distance;
};

void nearest_init(struct nearest *nearest, const char *name);
void nearest_try(struct nearest *nearest, const char *candidate); // NULL: nothing to try
// Insertions, deletions, replacements and swaps of neighbours that make one of the other, case ignored.
size_t nearest_distance(const char *a, const char *b);

#endif
