// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The modules of this process, loaded once with their settings.
#include "daemon/modules.h"

#include <stdio.h>

#include "base/log.h"
#include "metrics/metrics.h"

static const void *fill_settings(void *user, const struct inferd_module *module, char *error, size_t size)
{
    struct problems problems;
    const void *filled;

    problems_init(&problems);
    filled = settings_fill(user, module->name, &module->settings, &problems);
    if (!filled && problems.count)
        snprintf(error, size, "setting %s: %s", problems.list[0].path, problems.list[0].message);
    problems_free(&problems);
    return filled;
}

void modules_rescan(struct registry *registry, const struct settings *settings)
{
    const struct module_report *reports;
    size_t before = registry_reports(registry, &reports), count;

    registry_scan(registry, settings_host(settings)->module_path);
    count = registry_reports(registry, &reports);
    for (size_t i = before; i < count; i++)
        if (!reports[i].loaded) {
            metrics_add(METRICS_MODULES_REFUSED, 1);
            log_line(LOG_ERROR, "module_refused", (struct log_field[]){{"path", reports[i].path}, {NULL, NULL}}, "%s",
                     reports[i].reason);
        }
}

struct registry *modules_load(struct settings *settings)
{
    struct registry *registry = registry_new(fill_settings, settings);

    if (registry)
        modules_rescan(registry, settings);
    return registry;
}

void modules_check_options(const struct settings *settings, struct problems *problems)
{
    settings_unclaimed(settings, problems);
}
