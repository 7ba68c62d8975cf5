// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// An option's field is outside of the struct.
#include "parts.h"

struct options {
    int64_t count;
};

static const struct inferd_option table[] = {
    {.name = "count", .type = INFERD_OPTION_INT, .offset = sizeof(struct options)},
    {0},
};

static const struct inferd_kind kinds[] = {{.name = "outside", .options = {table, sizeof(struct options)}, FUNCTIONS}};

INFERD_MODULE("bad-options", "1.0.0", "", kinds, 1, {NULL, 0});
