// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Opens the modules of a path and says how many were refused: a process that may die of one.
#include <stdio.h>
#include "module/registry.h"

int main(int argc, char **argv)
{
    struct registry *registry = registry_new(NULL, NULL);
    size_t refusals;

    if (registry == NULL || argc != 2)
        return 98;
    refusals = registry_scan(registry, argv[1]);
    registry_free(registry);
    return (int)refusals;
}
