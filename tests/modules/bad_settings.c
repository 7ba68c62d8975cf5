// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A setting's default is no value of its type.
#include "parts.h"

struct settings {
    int64_t port;
};

static const struct inferd_setting settings[] = {
    {.option = "bad-port", .type = INFERD_OPTION_INT, .offset = offsetof(struct settings, port), .fallback = "eighty"},
    {0},
};

static const struct inferd_kind kinds[] = {{.name = "unset", FUNCTIONS}};

INFERD_MODULE("bad-settings", "1.0.0", "", kinds, 1, {settings, sizeof(struct settings)});
