// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Offers a kind twice.
#include "parts.h"

static const struct inferd_kind kinds[] = {{.name = "double", FUNCTIONS}, {.name = "double", FUNCTIONS}};

INFERD_MODULE("twice", "1.0.0", "", kinds, 2, {NULL, 0});
