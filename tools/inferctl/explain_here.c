// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Compiles the config as the daemon does, with the same settings and modules, and hands over what came of it. Modules'
// code runs in this process, which may end of it.
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "command.h"
#include "daemon/compile.h"
#include "daemon/modules.h"
#include "daemon/resources.h"
#include "elsewhere.h"
#include "explain.h"

static void add_problems(json_t *explained, const struct problems *problems)
{
    json_t *list = json_array();

    for (size_t i = 0; i < problems->count; i++)
        json_array_append_new(list, json_pack("{s:s, s:s, s:b}", "path", problems->list[i].path, "message",
                                              problems->list[i].message, "warning",
                                              problems->list[i].kind == PROBLEM_WARNING));
    json_object_set_new(explained, "problems", list);
}

static void add_refused_modules(json_t *explained, const struct registry *registry)
{
    const struct module_report *reports;
    size_t count = registry_reports(registry, &reports);
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++)
        if (!reports[i].loaded)
            json_array_append_new(list, json_pack("{s:s, s:s}", "path", reports[i].path, "reason", reports[i].reason));
    json_object_set_new(explained, "refused_modules", list);
}

// Adds what comes of it. What the config reads beside itself is read where the daemon would.
static void compile(const struct explain_text *found, const struct compile_options *options, json_t *explained)
{
    struct inferd_bytes text = {(const uint8_t *)found->text, found->len};
    struct problems problems;
    struct arena arena;
    struct plan *plan;

    problems_init(&problems);
    arena_init(&arena, 4096, 0);
    plan = compile_once(options, found->model, text, &arena, &problems);
    json_object_set_new(explained, "source", json_string(found->where));
    if (plan)
        explain_plan(plan, explained);
    else
        json_object_set_new(explained, "refused", json_true());
    add_problems(explained, &problems);
    add_refused_modules(explained, options->plan.registry);
    plan_destroy(plan);
    arena_free(&arena);
    problems_free(&problems);
}

static void load_and_compile(const struct explain_text *found, struct settings *settings, json_t *explained)
{
    const struct host_settings *host = settings_host(settings);
    struct registry *registry = modules_new(settings);
    struct resources *resources =
        resources_new(&(struct resources_options){.host = host, .wait_ms = host->etcd_timeout_ms});
    struct compile_options options;

    if (registry && resources) {
        registry_scan(registry, host->module_path);
        options = compile_options(settings, registry, resources);
        options.plan.explain = true;
        compile(found, &options, explained);
    } else {
        json_object_set_new(explained, "trouble", json_string("no memory"));
    }
    if (resources)
        resources_free(resources);
    registry_free(registry);
}

static json_t *explain(struct settings *settings, const char *file, const char *model)
{
    struct explain_text found = {.text = NULL};
    json_t *explained = json_object();
    bool there = *file ? explain_find_in_file(&found, file, *model ? model : NULL)
                       : explain_find(&found, settings_host(settings), model);

    json_object_set_new(explained, "model", json_string(found.model ? found.model : model));
    if (*found.trouble) {
        json_object_set_new(explained, "trouble", json_string(found.trouble));
    } else if (!there) {
        json_object_set_new(explained, "missing", json_true());
        json_object_set_new(explained, "nearest", found.nearest ? json_string(found.nearest) : json_null());
    } else {
        load_and_compile(&found, settings, explained);
    }
    explain_text_free(&found);
    return explained;
}

// Arguments: the file or "", the model's id or "", and settings as the daemon takes them.
static int run(const struct command *command, int argc, char **argv)
{
    struct problems problems;
    struct settings *settings;
    json_t *explained = NULL;
    int status;

    (void)command;
    if (argc < 3)
        return EXIT_USAGE;
    log_set_level(LOG_ERROR + 1); // what there is to say is in the result
    problems_init(&problems);
    settings = settings_read(argc - 2, argv + 2, &problems);
    if (settings && problems.errors) {
        struct text said;

        text_init(&said);
        problems_text(&problems, &said);
        explained = json_pack("{s:s#}", "trouble", text_string(&said), (int)said.len - 1);
        text_free(&said);
    } else if (settings) {
        explained = explain(settings, argv[1], argv[2]);
    }
    status = elsewhere_tell(explained);
    json_decref(explained);
    problems_free(&problems);
    settings_free(settings);
    return status;
}

const struct command explain_here_command = {.name = "explain-here", .run = run};
