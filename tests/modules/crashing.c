// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Crashes as soon as it is opened.
#include "parts.h"

static const struct inferd_kind kinds[] = {{.name = "crash", FUNCTIONS}};

// (A sanitizer would end the process in its own way.)
__attribute__((constructor, no_sanitize("undefined"))) static void crash(void)
{
    volatile int *volatile nowhere = NULL;

    *nowhere = 1;
}

INFERD_MODULE("crashing", "1.0.0", "", kinds, 1, {NULL, 0});
