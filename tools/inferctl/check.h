// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What inferctl check's files share. A command line may name modules, configs and both.
#ifndef INFERCTL_CHECK_H
#define INFERCTL_CHECK_H

#include <jansson.h>
#include <stdbool.h>

#include "given.h"

struct check_options {
    bool here;   // modules are opened in this process
    bool quiet;  // what is fine is not told
    bool strict; // warnings count as refusals
    bool json;
};

// Whether an argument is a module, or a directory of them.
bool check_is_modules(const char *path);
// Looks at modules, or at configs; each finding is appended to 'all', and told unless it is to be JSON. What to exit
// with.
int check_modules(const char *path, const struct check_options *options, json_t *all);
int check_configs(const char *place, const struct given *given, const struct check_options *options, json_t *all);

#endif
