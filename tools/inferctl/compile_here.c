// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Compiles texts as the daemon does, with the same settings and modules, and hands over what came of each. Modules'
// code runs in this process, which may end of it.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "command.h"
#include "compile_parcel.h"
#include "config/service_config.h"
#include "daemon/compile.h"
#include "daemon/modules.h"
#include "daemon/resources.h"
#include "elsewhere.h"
#include "explain.h"

static json_t *problems_json(const struct problems *problems)
{
    json_t *list = json_array();

    for (size_t i = 0; i < problems->count; i++)
        json_array_append_new(list, json_pack("{s:s, s:s, s:b}", "path", problems->list[i].path, "message",
                                              problems->list[i].message, "warning",
                                              problems->list[i].kind == PROBLEM_WARNING));
    return list;
}

static json_t *refused_modules(const struct registry *registry)
{
    const struct module_report *reports;
    size_t count = registry_reports(registry, &reports);
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++)
        if (!reports[i].loaded)
            json_array_append_new(list, json_pack("{s:s, s:s}", "path", reports[i].path, "reason", reports[i].reason));
    return list;
}

static bool compile_service(const struct config_text *text, struct problems *problems)
{
    struct service_config config;

    service_config_init(&config);
    return service_config_read(&config, text->text, text->len, problems);
}

static bool compile_model(const struct config_text *text, const struct compile_options *options,
                          struct problems *problems, json_t *result)
{
    struct inferd_bytes bytes = {(const uint8_t *)text->text, text->len};
    struct arena arena;
    struct plan *plan;

    arena_init(&arena, 4096, 0);
    plan = compile_once(options, text->model, bytes, &arena, problems);
    if (plan && options->plan.explain) {
        explain_plan(plan, result);
        json_object_set_new(result, "endpoints", explain_endpoints(plan, text->text, text->len));
    }
    plan_destroy(plan);
    arena_free(&arena);
    return plan;
}

// What the config reads beside itself is read where the daemon would.
static json_t *compile(const struct config_text *text, const struct compile_options *options)
{
    json_t *result = json_pack("{s:s?, s:s}", "model", text->model, "source", text->where);
    struct problems problems;
    bool done;

    problems_init(&problems);
    done = text->model ? compile_model(text, options, &problems, result) : compile_service(text, &problems);
    if (!done)
        json_object_set_new(result, "refused", json_true());
    json_object_set_new(result, "problems", problems_json(&problems));
    json_object_set_new(result, "refused_modules", refused_modules(options->plan.registry));
    problems_free(&problems);
    return result;
}

static int tell(const char *what, size_t i, json_t *result)
{
    json_t *line = result ? json_pack("{s:O}", what, result) : json_pack("{s:I}", what, (json_int_t)i);
    int status = elsewhere_tell(line);

    json_decref(line);
    return status;
}

static int compile_from(const struct texts *texts, size_t first, bool plans, struct settings *settings)
{
    const struct host_settings *host = settings_host(settings);
    struct registry *registry = modules_new(settings);
    struct resources *resources =
        resources_new(&(struct resources_options){.host = host, .wait_ms = host->etcd_timeout_ms});
    int status = registry && resources ? EXIT_FINE : EXIT_TROUBLE;

    if (status == EXIT_FINE)
        registry_scan(registry, host->module_path);
    for (size_t i = first; i < texts->count && status == EXIT_FINE; i++) {
        struct compile_options options = compile_options(settings, registry, resources);
        json_t *result;

        options.plan.explain = plans;
        tell("begin", i, NULL);
        result = compile(&texts->list[i], &options);
        status = tell("result", i, result);
        json_decref(result);
    }
    if (resources)
        resources_free(resources);
    registry_free(registry);
    return status;
}

// Arguments: the first text, "plans" or "problems", and settings as the daemon takes them. The texts are standard
// input.
static int run(const struct command *command, int argc, char **argv)
{
    struct problems problems;
    struct settings *settings;
    struct texts texts;
    int status = EXIT_TROUBLE;

    (void)command;
    if (argc < 3)
        return EXIT_USAGE;
    log_set_level(LOG_ERROR + 1); // what there is to say is in the results
    problems_init(&problems);
    settings = settings_read(argc - 2, argv + 2, &problems);
    if (settings && !problems.errors && compile_parcel_open(STDIN_FILENO, &texts))
        status = compile_from(&texts, strtoul(argv[1], NULL, 10), strcmp(argv[2], "plans") == 0, settings);
    texts_free(&texts);
    problems_free(&problems);
    settings_free(settings);
    return status;
}

const struct command compile_here_command = {.name = "compile-here", .run = run};
