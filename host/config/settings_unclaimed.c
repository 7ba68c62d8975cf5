// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What is to be said of settings once all modules are loaded: warnings of theirs, and what was given and nobody took,
// mostly names that are misspelled.
#include <string.h>
#include <unistd.h>
#include "base/magic.h"
#include "config/nearest.h"
#include "config/settings_inner.h"

static bool is_known_variable(const struct settings *settings, const char *name, struct nearest *nearest)
{
    for (size_t i = 0; i < settings->known_count; i++) {
        const struct inferd_setting *s = settings->known[i].setting;

        if ((s->environment && strcmp(s->environment, name) == 0) || (s->also && strcmp(s->also, name) == 0))
            return true;
        nearest_try(nearest, s->environment);
    }
    return false;
}

static void warn_of_variables(const struct settings *settings, struct problems *problems)
{
    for (char **e = environ; *e; e++) {
        size_t len = strcspn(*e, "=");
        struct nearest nearest;
        char name[128];

        if (strncmp(*e, "INFERD_", 7) != 0 || len >= sizeof(name))
            continue;
        memcpy(name, *e, len);
        name[len] = '\0';
        nearest_init(&nearest, name);
        if (is_known_variable(settings, name, &nearest))
            continue;
        if (nearest.found)
            problems_add(problems, PROBLEM_WARNING, name, "no setting has this name; did you mean %s?", nearest.found);
        else
            problems_add(problems, PROBLEM_WARNING, name, "no setting has this name");
    }
}

void settings_unclaimed(const struct settings *settings, struct problems *problems)
{
    CHECK_MAGIC(settings, SETTINGS_MAGIC);
    for (size_t i = 0; i < settings->warnings.count; i++)
        problems_add(problems, PROBLEM_WARNING, settings->warnings.list[i].path, "%s",
                     settings->warnings.list[i].message);
    for (size_t i = 0; i < settings->given_count; i++) {
        const struct setting_given *g = &settings->given[i];
        struct nearest nearest;

        if (g->claimed)
            continue;
        nearest_init(&nearest, g->option);
        for (size_t k = 0; k < settings->known_count; k++)
            if (!(settings->known[k].setting->flags & HOST_SETTING_HIDDEN))
                nearest_try(&nearest, settings->known[k].setting->option);
        problems_add(problems, g->origin == SETTING_OPTION ? PROBLEM_CONFIG : PROBLEM_WARNING, g->where,
                     "neither the host nor a module has a setting %s%s%s%s", g->option,
                     nearest.found ? "; did you mean " : "", nearest.found ? nearest.found : "",
                     nearest.found ? "?" : "");
    }
    warn_of_variables(settings, problems);
}
