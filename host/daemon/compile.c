// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Compiling a bundle's configs into plans.
#include "daemon/compile.h"

#include <string.h>

#include "base/log.h"
#include "daemon/reading.h"
#include "run/engine.h"

struct compile_options compile_options(const struct settings *settings, const struct registry *registry,
                                       struct resources *live)
{
    const struct host_settings *host = settings_host(settings);

    return (struct compile_options){
        .plan = {.registry = registry, .host = run_host(), .compat = strcmp(host->compat, "inferflow") == 0},
        .host = host,
        .live = live};
}

static const char *first_errors(const struct problems *problems, struct arena *arena, bool *bad_graph)
{
    const char *reason = "";
    size_t told = 0;

    *bad_graph = false;
    for (size_t i = 0; i < problems->count; i++) {
        const struct problem *problem = &problems->list[i];

        if (problem->kind == PROBLEM_WARNING)
            continue;
        *bad_graph |= problem->kind == PROBLEM_GRAPH;
        if (told++ < 3)
            reason = arena_printf(arena, "%s%s%s%s%s", reason, *reason ? "; " : "", problem->path,
                                  *problem->path ? " " : "", problem->message);
    }
    if (told > 3)
        reason = arena_printf(arena, "%s; and %zu more", reason, told - 3);
    return reason;
}

struct plan *compile_entry(const struct compile_options *options, struct bundle_entry *entry, struct arena *arena)
{
    struct plan_options plan_options = options->plan;
    struct problems problems;
    struct reading reading;
    struct plan *plan;

    problems_init(&problems);
    reading_init(&reading, options->host, options->live, &entry->resources, arena);
    plan_options.resources = &reading.table;
    plan = plan_compile(&plan_options, entry->model, (const char *)entry->text.data, entry->text.len, &problems);
    entry->resources = reading.read;
    entry->reason = plan ? NULL : first_errors(&problems, arena, &entry->bad_graph);
    for (size_t i = 0; i < problems.count; i++)
        if (problems.list[i].kind == PROBLEM_WARNING)
            log_line(LOG_WARNING, "config_warning",
                     (struct log_field[]){{"model", entry->model}, {"path", problems.list[i].path}, {NULL, NULL}}, "%s",
                     problems.list[i].message);
    problems_free(&problems);
    return plan;
}

struct plan *compile_once(const struct compile_options *options, const char *model, struct inferd_bytes text,
                          struct arena *arena, struct problems *problems)
{
    static const struct resource_list none;
    struct plan_options plan_options = options->plan;
    struct reading reading;

    reading_init(&reading, options->host, options->live, &none, arena);
    plan_options.resources = &reading.table;
    return plan_compile(&plan_options, model, (const char *)text.data, text.len, problems);
}
