// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Compiling a bundle's configs into plans.
#include "daemon/compile.h"

#include <string.h>

#include "base/log.h"
#include "run/engine.h"

struct plan_options compile_options(const struct settings *settings, const struct registry *registry)
{
    return (struct plan_options){
        .registry = registry, .host = run_host(), .compat = strcmp(settings_host(settings)->compat, "inferflow") == 0};
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

struct plan *compile_text(const struct plan_options *options, const char *model, struct inferd_bytes text,
                          struct arena *arena, const char **reason, bool *bad_graph)
{
    struct problems problems;
    struct plan *plan;

    problems_init(&problems);
    plan = plan_compile(options, model, (const char *)text.data, text.len, &problems);
    *reason = plan ? NULL : first_errors(&problems, arena, bad_graph);
    for (size_t i = 0; i < problems.count; i++)
        if (problems.list[i].kind == PROBLEM_WARNING)
            log_line(LOG_WARNING, "config_warning",
                     (struct log_field[]){{"model", model}, {"path", problems.list[i].path}, {NULL, NULL}}, "%s",
                     problems.list[i].message);
    problems_free(&problems);
    return plan;
}
