// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A quarantine, for a person: of what, since when, why, and what ends it.
#include "quarantine_print.h"

#include <stdio.h>

static const char *text_of(const json_t *object, const char *member)
{
    const char *text = json_string_value(json_object_get(object, member));

    return text ? text : "";
}

void quarantine_print(const json_t *quarantine, const char *indent)
{
    if (*text_of(quarantine, "model"))
        printf("%scomponent %s of model %s (module %s)\n", indent, text_of(quarantine, "node"),
               text_of(quarantine, "model"), text_of(quarantine, "module"));
    else
        printf("%smodule %s, all of its components\n", indent, text_of(quarantine, "module"));
    if (*text_of(quarantine, "after"))
        printf("%s  since %s: ran last before %lld crashes of workers in no plugin, last by %s\n", indent,
               text_of(quarantine, "since"), (long long)json_integer_value(json_object_get(quarantine, "crashes")),
               text_of(quarantine, "how"));
    else
        printf("%s  since %s: crashed %lld times, last by %s in %s\n", indent, text_of(quarantine, "since"),
               (long long)json_integer_value(json_object_get(quarantine, "crashes")), text_of(quarantine, "how"),
               text_of(quarantine, "in"));
    if (*text_of(quarantine, "until"))
        printf("%s  %suntil %s, or by hand: SIGHUP, or inferctl quarantine lift\n", indent,
               json_is_true(json_object_get(quarantine, "serving")) ? "served, but neither stopped nor destroyed, "
                                                                    : "",
               text_of(quarantine, "until"));
}
