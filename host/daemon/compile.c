// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Compiling a bundle's configs into plans.
#include "daemon/compile.h"

#include <string.h>

#include "base/log.h"
#include "base/magic.h"
#include "daemon/reading.h"
#include "plan/quarantine.h"
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

static const char no_memory[] = "there isn't enough memory to compile it, nor to say what else is wrong";

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
        if (told++ < 3 && reason)
            reason = arena_printf(arena, "%s%s%s%s%s", reason, *reason ? "; " : "", problem->path,
                                  *problem->path ? " " : "", problem->message);
    }
    if (told > 3)
        reason = arena_printf(arena, "%s; and %zu more", reason, told - 3);
    return reason && *reason ? reason : no_memory;
}

static const char *copy(struct arena *arena, const char *text)
{
    return text ? arena_strndup(arena, text, strlen(text)) : NULL;
}

void compile_quarantine(struct compile_options *options, const struct bundle *bundle, struct arena *arena)
{
    struct plan_quarantine *list = arena_zalloc(arena, (bundle->quarantine_count + 1) * sizeof(*list));

    ALWAYS(list);
    for (size_t i = 0; i < bundle->quarantine_count; i++) {
        const struct bundle_quarantine *from = &bundle->quarantine[i];

        list[i] = (struct plan_quarantine){.model = copy(arena, from->model),
                                           .node = copy(arena, from->node),
                                           .module = copy(arena, from->module),
                                           .calls = from->calls};
        if (!from->model)
            list[i].reason = arena_printf(arena, "components of its module crashed workers, last by %s in %s",
                                          from->how, from->call);
        else if (from->after)
            list[i].reason = arena_printf(arena, "it ran last before %llu crashes of workers in no plugin, last by %s",
                                          (unsigned long long)from->crashes, from->how);
        else
            list[i].reason = arena_printf(arena, "it crashed workers %llu times, last by %s in %s",
                                          (unsigned long long)from->crashes, from->how, from->call);
        ALWAYS(list[i].module && list[i].reason);
    }
    options->plan.quarantine = list;
    options->plan.quarantine_count = bundle->quarantine_count;
}

// Where a quarantined version's stand-in takes the model, and the other version that is loaded doesn't, it stays.
static struct plan *compile(struct plan_options *options, const struct bundle_entry *entry, struct problems *problems)
{
    struct plan *plan = plan_compile(options, entry->model, (const char *)entry->text.data, entry->text.len, problems);
    struct problems others;

    if (plan || !options->quarantine_count)
        return plan;
    problems_init(&others);
    options->stay = true;
    plan = plan_compile(options, entry->model, (const char *)entry->text.data, entry->text.len, &others);
    problems_free(plan ? problems : &others);
    if (plan)
        *problems = others;
    return plan;
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
    plan_options.pins = entry->pins;
    plan = compile(&plan_options, entry, &problems);
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
