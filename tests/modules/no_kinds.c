// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Offers nothing.
#include "parts.h"

INFERD_MODULE("no-kinds", "1.0.0", "", NULL, 0, {NULL, 0});
