// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Compares facts, and prints what is different.
#include <stdio.h>
#include <string.h>

#include "diff.h"

static const char *const sections[] = {"graph", "columns", "endpoints", "request", "reply", "options"};

enum { SECTIONS = sizeof(sections) / sizeof(*sections) };

static void note(json_t *changes, const char *name, const json_t *before, const json_t *now)
{
    json_t *change = json_object();

    if (before)
        json_object_set(change, "before", (json_t *)before);
    if (now)
        json_object_set(change, "now", (json_t *)now);
    json_object_set_new(changes, name, change);
}

static json_t *compare(const json_t *before, const json_t *now)
{
    json_t *changes = json_object(), *value;
    const char *name;

    json_object_foreach((json_t *)before, name, value)
    {
        const json_t *other = json_object_get(now, name);

        if (!other || !json_equal(value, other))
            note(changes, name, value, other);
    }
    json_object_foreach((json_t *)now, name, value) if (!json_object_get(before, name))
        note(changes, name, NULL, value);
    return changes;
}

json_t *diff_models(const char *model, const json_t *before, const json_t *now)
{
    const json_t *refused = json_object_get(now, "problems");
    json_t *told = json_pack("{s:s?, s:s}", "model", model, "change", !before ? "added" : !now ? "removed" : "changed");
    bool any = !before || !now;

    for (size_t i = 0; i < SECTIONS; i++) {
        // Of what is refused nothing is known but its options; that is no change.
        bool known = strcmp(sections[i], "options") == 0 || (!refused && !json_object_get(before, "problems"));
        json_t *changes =
            known ? compare(json_object_get(before, sections[i]), json_object_get(now, sections[i])) : NULL;

        any |= json_object_size(changes) > 0;
        if (json_object_size(changes))
            json_object_set(told, sections[i], changes);
        json_decref(changes);
    }
    if (refused)
        json_object_set(told, "problems", (json_t *)refused);
    if (any)
        return told;
    json_decref(told);
    return NULL;
}

static void print_change(const char *name, const json_t *change)
{
    const char *before = json_string_value(json_object_get(change, "before"));
    const char *now = json_string_value(json_object_get(change, "now"));

    if (before && now)
        printf("    ~ %s: %s (was %s)\n", name, now, before);
    else
        printf("    %c %s: %s\n", now ? '+' : '-', name, now ? now : before ? before : "");
}

static void print_problems(const json_t *problems)
{
    const json_t *problem;
    size_t i;

    json_array_foreach(problems, i, problem)
    {
        const char *path = json_string_value(json_object_get(problem, "path"));

        printf("  %s%s%s\n", path ? path : "", path && *path ? ": " : "",
               json_string_value(json_object_get(problem, "message")));
    }
}

void diff_print(const json_t *changes)
{
    const char *model = json_string_value(json_object_get(changes, "model")), *name;
    json_t *change;

    printf("%s: %s%s\n", model ? model : "service-config", json_string_value(json_object_get(changes, "change")),
           json_object_get(changes, "problems") ? ", and would be refused" : "");
    print_problems(json_object_get(changes, "problems"));
    for (size_t i = 0; i < SECTIONS; i++) {
        json_t *section = json_object_get(changes, sections[i]);

        if (section)
            printf("  %s\n", sections[i]);
        json_object_foreach(section, name, change) print_change(name, change);
    }
}
