// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Versions of modules: dotted numbers, "1.10.0" after "1.9".
#ifndef MODULE_VERSION_H
#define MODULE_VERSION_H

#include <stdbool.h>

bool module_version_valid(const char *version);
// As strcmp does; a missing part counts as 0. Both valid.
int module_version_compare(const char *a, const char *b);
// Whether a version is the one wanted or begins with it at a dot: "1" takes 1.4.2, not 10.0.
bool module_version_matches(const char *version, const char *wanted);

#endif
