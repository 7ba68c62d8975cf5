// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// One of "quarantined" in /config, for a person.
#ifndef INFERCTL_QUARANTINE_PRINT_H
#define INFERCTL_QUARANTINE_PRINT_H

#include <jansson.h>

// Each line begins with 'indent'.
void quarantine_print(const json_t *quarantine, const char *indent);

#endif
