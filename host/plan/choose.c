// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Which of a kind's loaded versions a component gets: the one it asks for, else the one that its model was checked
// with, else the highest; one that is quarantined only where there is no other.
#include <string.h>

#include "plan/builder.h"
#include "plan/quarantine.h"

static bool is_sound(void *user, const struct module *module)
{
    const struct plan_options *options = user;

    return options->stay || !plan_quarantine_has_module(options, module);
}

// Pins are lines, "name version" each; a module without a line may have any version.
static bool is_pinned(const struct plan_options *options, const struct module *module)
{
    size_t len = strlen(module->info.name), version = strlen(module->info.version);

    for (const char *line = options->pins; *line; line += strcspn(line, "\n"), line += *line == '\n')
        if (strncmp(line, module->info.name, len) == 0 && line[len] == ' ')
            return strncmp(line + len + 1, module->info.version, version) == 0 && line[len + 1 + version] == '\n';
    return true;
}

static bool is_best(void *user, const struct module *module)
{
    const struct plan_options *options = user;

    return is_sound(user, module) && (!options->pins || is_pinned(options, module));
}

const struct module_kind *plan_choose_kind(const struct plan_options *options, const char *kind, const char *version)
{
    const struct module_kind *found = registry_choose(options->registry, kind, version, is_best, (void *)options);

    if (!found)
        found = registry_choose(options->registry, kind, version, is_sound, (void *)options);
    return found ? found : registry_find(options->registry, kind, version);
}
