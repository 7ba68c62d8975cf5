// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Its kinds are shorter than any that ever was: they end before destroy.
#include "parts.h"

static const struct inferd_kind kinds[] = {{.name = "stub", FUNCTIONS}};

#undef INFERD_MODULE_HEAD
#define INFERD_MODULE_HEAD                                                                                             \
    INFERD_MODULE_MAGIC, INFERD_ABI_MAJOR, INFERD_ABI_MINOR, sizeof(struct inferd_module),                             \
        offsetof(struct inferd_kind, destroy), sizeof(struct inferd_option), sizeof(struct inferd_setting)

INFERD_MODULE("short-kind", "1.0.0", "", kinds, 1, {NULL, 0});
