// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Built for an ABI that the host doesn't have; the build says which.
#include "parts.h"

#undef INFERD_ABI_MAJOR
#undef INFERD_ABI_MINOR
#define INFERD_ABI_MAJOR NEWER_MAJOR
#define INFERD_ABI_MINOR NEWER_MINOR

static const struct inferd_kind kinds[] = {{.name = "newer", FUNCTIONS}};

MUST_NOT_RUN

INFERD_MODULE("newer", "1.0.0", "", kinds, 1, {NULL, 0});
