// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Its option table nests itself.
#include "parts.h"

static const struct inferd_option table[] = {
    {.name = "again", .type = INFERD_OPTION_LIST, .nested = table, .nested_size = sizeof(struct inferd_list)},
    {0},
};

static const struct inferd_kind kinds[] = {
    {.name = "endless", .options = {table, sizeof(struct inferd_list)}, FUNCTIONS},
};

INFERD_MODULE("endless-options", "1.0.0", "", kinds, 1, {NULL, 0});
