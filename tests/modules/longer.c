// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A module whose kinds have a member more than the host knows: it must step over it.
#include "parts.h"

struct longer_kind {
    struct inferd_kind known;
    void (*unknown)(void);
};

static const struct longer_kind kinds[] = {
    {.known = {.name = "long_one", FUNCTIONS}, .unknown = (void (*)(void))1},
    {.known = {.name = "long_two", FUNCTIONS}, .unknown = (void (*)(void))2},
};

#undef INFERD_MODULE_HEAD
#define INFERD_MODULE_HEAD                                                                                             \
    INFERD_MODULE_MAGIC, INFERD_ABI_MAJOR, INFERD_ABI_MINOR, sizeof(struct inferd_module), sizeof(struct longer_kind), \
        sizeof(struct inferd_option), sizeof(struct inferd_setting)

INFERD_MODULE("longer", "1.0.0", "", &kinds[0].known, 2, {NULL, 0});
