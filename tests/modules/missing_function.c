// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Its kind can't be run.
#include "parts.h"

static const struct inferd_kind kinds[] = {
    {.name = "idle", .create = create, .bind = bind_nothing, .destroy = destroy},
};

INFERD_MODULE("missing-function", "1.0.0", "", kinds, 1, {NULL, 0});
