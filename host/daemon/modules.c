// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The modules of this process, loaded once with their settings.
#include "daemon/modules.h"

#include <stdio.h>

#include "base/log.h"
#include "daemon/bundle.h"
#include "daemon/verdict.h"
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

static bool admit(void *user, const char *path, const char *identity, char *error, size_t size)
{
    const struct bundle *bundle = user;
    const struct bundle_module *found = verdict_find(bundle->modules, bundle->module_count, path, identity);

    if (found && !found->reason)
        return true;
    snprintf(error, size, "%s", found ? found->reason : "it wasn't checked yet");
    return false;
}

// What is refused is said here only where no checking child has said it.
static void say_refusals(const struct registry *registry, const struct bundle *bundle)
{
    const struct module_report *reports;
    size_t count = registry_reports(registry, &reports);

    for (size_t i = 0; i < count; i++) {
        const struct bundle_module *found =
            bundle ? verdict_find(bundle->modules, bundle->module_count, reports[i].path, reports[i].identity) : NULL;

        if (reports[i].loaded || !reports[i].fresh || (bundle && bundle->judged && (!found || found->reason)))
            continue;
        metrics_add(METRICS_MODULES_REFUSED, 1);
        log_line(LOG_ERROR, "module_refused", (struct log_field[]){{"path", reports[i].path}, {NULL, NULL}}, "%s",
                 reports[i].reason);
    }
}

void modules_rescan(struct registry *registry, const struct settings *settings, const struct bundle *bundle)
{
    registry_admit(registry, bundle && bundle->judged ? admit : NULL, (void *)bundle);
    registry_scan(registry, settings_host(settings)->module_path);
    registry_admit(registry, NULL, NULL);
    say_refusals(registry, bundle);
}

struct registry *modules_new(struct settings *settings)
{
    return registry_new(fill_settings, settings);
}

struct registry *modules_load(struct settings *settings)
{
    struct registry *registry = modules_new(settings);

    if (registry)
        modules_rescan(registry, settings, NULL);
    return registry;
}

void modules_check_options(const struct settings *settings, struct problems *problems)
{
    settings_unclaimed(settings, problems);
}
