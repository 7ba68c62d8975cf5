// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Asserts for our own bugs, and magic numbers that tell a live struct from a stray pointer. What the world may get
// wrong (configs, requests, modules, backends) is never asserted but answered with a status.
#ifndef BASE_MAGIC_H
#define BASE_MAGIC_H

#include <stdio.h>
#include <stdlib.h>

#define ALWAYS(condition)                                                                                              \
    do {                                                                                                               \
        if (__builtin_expect(!(condition), 0)) {                                                                       \
            fprintf(stderr, "inferd: %s:%d: %s: this can't be: %s\n", __FILE__, __LINE__, __func__, #condition);       \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

#define CHECK_MAGIC(object, value) ALWAYS((object) != NULL && (object)->magic == (value))

#endif
