// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// An older module: its structs lack members that were added at their ends, its options' entries the last two.
#include "parts.h"

struct options {
    int64_t first, second;
};

// struct inferd_option as it was before 'nested'.
struct older_option {
    const char *name, *alias;
    uint32_t type, flags;
    size_t offset;
    const char *fallback;
    double min, max;
    const char *unit, *help;
};

_Static_assert(sizeof(struct older_option) == offsetof(struct inferd_option, nested), "the beginning of an entry");

static const struct older_option table[] = {
    {.name = "first", .type = INFERD_OPTION_INT, .offset = offsetof(struct options, first), .fallback = "1"},
    {.name = "second", .type = INFERD_OPTION_INT, .offset = offsetof(struct options, second), .fallback = "2"},
    {.name = NULL},
};

static const struct inferd_kind kinds[] = {
    {.name = "short", .options = {(const struct inferd_option *)table, sizeof(struct options)}, FUNCTIONS},
};

// The size ends before 'settings', so what is there must not be looked at.
#undef INFERD_MODULE_HEAD
#define INFERD_MODULE_HEAD                                                                                             \
    INFERD_MODULE_MAGIC, INFERD_ABI_MAJOR, INFERD_ABI_MINOR, offsetof(struct inferd_module, settings),                 \
        sizeof(struct inferd_kind), sizeof(struct older_option), sizeof(struct inferd_setting)

INFERD_MODULE("shorter", "1.0.0", "", kinds, 1, {(const struct inferd_setting *)16, 99});
