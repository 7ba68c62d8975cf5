// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Offers a kind that the module 'good' offers.
#include "parts.h"

static const struct inferd_kind kinds[] = {{.name = "plain", FUNCTIONS}};

INFERD_MODULE("taken-kind", "9.0.0", "", kinds, 1, {NULL, 0});
