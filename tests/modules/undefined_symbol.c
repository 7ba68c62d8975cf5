// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Calls a function that nobody has. Bound lazily, it would end the worker at the first call.
#include "parts.h"

int inferd_tests_no_such_function(void *component);

static int start(void *component)
{
    return inferd_tests_no_such_function(component);
}

static const struct inferd_kind kinds[] = {{.name = "incomplete", .start = start, FUNCTIONS}};

INFERD_MODULE("undefined-symbol", "1.0.0", "", kinds, 1, {NULL, 0});
