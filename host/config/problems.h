// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What is wrong with a config: a list of problems with their JSON path, filled while compiling.
#ifndef CONFIG_PROBLEMS_H
#define CONFIG_PROBLEMS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include "base/text.h"

enum problem_kind {
    PROBLEM_CONFIG = 0, // wrong text, names or types
    PROBLEM_GRAPH = 1,  // a cycle, or a component that isn't there
    PROBLEM_WARNING = 2 // worth saying; refuses nothing
};

struct problem {
    enum problem_kind kind;
    char *path;    // JSON path: "component_config.x_components[2].inputs[0].shape"
    char *message; // what is wrong and how to mend it
};

struct problems {
    struct problem *list;
    size_t count, errors; // errors: those that are no warnings
};

void problems_init(struct problems *problems);
void problems_free(struct problems *problems);
void problems_add(struct problems *problems, enum problem_kind kind, const char *path, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void problems_vadd(struct problems *problems, enum problem_kind kind, const char *path, const char *format,
                   va_list args);
// All as lines "path: message".
void problems_text(const struct problems *problems, struct text *out);

#endif
