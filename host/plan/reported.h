// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The numbers that replies give columns' types.
#ifndef PLAN_REPORTED_H
#define PLAN_REPORTED_H

#include <stdbool.h>

// The real type's number; in the compat mode that of the spelling as the original looks it up: full enum names, or
// short names in lower case; everything else is String.
unsigned plan_reported_type(unsigned type, const char *spelling, bool compat);

#endif
