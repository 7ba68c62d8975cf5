// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The types of options by name.
#include "kind_text.h"

static const struct {
    const char *text, *name;
} types[] = {
    [INFERD_OPTION_BOOL] = {"true or false", "bool"},
    [INFERD_OPTION_INT] = {"integer", "int"},
    [INFERD_OPTION_REAL] = {"number", "real"},
    [INFERD_OPTION_STRING] = {"string", "string"},
    [INFERD_OPTION_TYPE] = {"data type", "type"},
    [INFERD_OPTION_INTS] = {"list of integers", "ints"},
    [INFERD_OPTION_STRINGS] = {"list of strings", "strings"},
    [INFERD_OPTION_MAP] = {"object of strings", "map"},
    [INFERD_OPTION_OBJECT] = {"object", "object"},
    [INFERD_OPTION_LIST] = {"list of objects", "list"},
    [INFERD_OPTION_INT_LISTS] = {"list of lists of integers", "int_lists"},
    [INFERD_OPTION_MEMBERS] = {"object, a member for each item", "members"},
};

const char *kind_type_text(uint32_t type)
{
    return type < sizeof types / sizeof *types && types[type].text != NULL ? types[type].text : "unknown";
}

const char *kind_type_name(uint32_t type)
{
    return type < sizeof types / sizeof *types && types[type].name != NULL ? types[type].name : "unknown";
}
