// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A component's life but for its runs: the module found, options and settings filled, create, bind, start, destroy.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include "base/magic.h"
#include "config/options.h"
#include "inner.h"

void testhost_broken(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fputs("testhost: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    abort();
}

static const void *fill_settings(void *user, const struct inferd_module *module, char *error, size_t size)
{
    struct testhost *testhost = user;
    const void *filled = settings_fill(testhost->settings, module->name, &module->settings, &testhost->problems);

    if (!filled)
        snprintf(error, size, "its settings are wrong");
    return filled;
}

static bool read_settings(struct testhost *testhost, const char *const *given)
{
    size_t count = 0;
    char **argv;

    while (given && given[count])
        count++;
    argv = calloc(count + 2, sizeof(*argv));
    ALWAYS(argv);
    argv[0] = (char *)"testhost";
    for (size_t i = 0; i < count; i++)
        argv[i + 1] = (char *)given[i];
    testhost->settings = settings_read((int)count + 1, argv, &testhost->problems);
    free(argv);
    return testhost->settings && testhost->problems.errors == 0;
}

static bool find_kind(struct testhost *testhost, const struct testhost_options *options)
{
    const struct module_kind *found;
    const struct module_report *reports;

    testhost->registry = registry_new(fill_settings, testhost);
    ALWAYS(testhost->registry);
    registry_scan(testhost->registry, options->modules);
    found = registry_find(testhost->registry, options->kind, NULL);
    if (found) {
        testhost->kind = found->kind;
        testhost->info.settings = found->module->settings;
        return true;
    }
    for (size_t i = 0, count = registry_reports(testhost->registry, &reports); i < count; i++)
        if (!reports[i].loaded)
            problems_add(&testhost->problems, PROBLEM_CONFIG, reports[i].path, "%s", reports[i].reason);
    problems_add(&testhost->problems, PROBLEM_CONFIG, "", "no module in %s offers kind \"%s\"", options->modules,
                 options->kind);
    return false;
}

static const void *fill_options(struct testhost *testhost, const struct inferd_options *table, const char *json,
                                const char *what, const char **shape)
{
    static const char *const hosts[] = {"component", "kind", "required", NULL};
    json_error_t error;
    json_t *object = json_loads(json ? json : "{}", 0, &error);
    const void *filled = NULL;

    if (json_is_object(object))
        filled = options_fill(&testhost->arena, table, object, "", hosts, shape, &testhost->problems);
    else
        problems_add(&testhost->problems, PROBLEM_CONFIG, what, "not a JSON object: %s", error.text);
    json_decref(object);
    return filled;
}

static bool live(struct testhost *testhost)
{
    struct inferd_binder binder = {testhost};
    const struct inferd_kind *kind = testhost->kind;

    if (kind->create(&testhost->info, &testhost->component) != INFERD_OK) {
        testhost->component = NULL;
        return false;
    }
    if (kind->bind(testhost->component, &binder) != INFERD_OK || testhost->problems.errors)
        return false;
    if (kind->start && kind->start(testhost->component) != INFERD_OK)
        return false;
    testhost->started = true;
    return true;
}

static void take_kind(struct testhost *testhost, const struct testhost *beside)
{
    testhost->kind = beside->kind;
    testhost->info.settings = beside->info.settings;
}

static bool open_component(struct testhost *testhost, const struct testhost_options *options)
{
    if (options->beside)
        take_kind(testhost, options->beside);
    else if (!read_settings(testhost, options->settings) || !find_kind(testhost, options))
        return false;
    testhost->info.size = sizeof(testhost->info);
    testhost->info.compat = options->compat;
    testhost->info.host = &testhost_table;
    testhost->info.self = &testhost->self;
    testhost->info.model = options->model ? options->model : "model";
    testhost->info.name = options->name ? options->name : "component";
    testhost->info.kind = testhost->kind->name;
    testhost->info.options =
        fill_options(testhost, &testhost->kind->options, options->component, "component", &testhost->info.shape);
    testhost->info.shared = fill_options(testhost, &testhost->kind->shared, options->shared, "shared", NULL);
    return testhost->problems.errors == 0 && live(testhost);
}

struct testhost *testhost_open(const struct testhost_options *options, char *error, size_t size)
{
    struct testhost *testhost = calloc(1, sizeof(*testhost));
    struct text all;

    ALWAYS(testhost);
    testhost->self.testhost = testhost;
    testhost->ids = INFERD_NO_COLUMN;
    testhost->resources = options->resources;
    arena_init(&testhost->arena, 4096, 0);
    problems_init(&testhost->problems);
    text_init(&testhost->log);
    map_init(&testhost->cache);
    flights_init(&testhost->flights);
    if (open_component(testhost, options))
        return testhost;
    text_init(&all);
    problems_text(&testhost->problems, &all);
    snprintf(error, size, "%s", all.len ? text_string(&all) : "refused without a reason");
    text_free(&all);
    testhost_close(testhost);
    return NULL;
}

void testhost_close(struct testhost *testhost)
{
    if (!testhost)
        return;
    if (testhost->started && testhost->kind->stop)
        testhost->kind->stop(testhost->component);
    if (testhost->component)
        testhost->kind->destroy(testhost->component);
    for (struct inferd_method *method = testhost->methods; method; method = method->next)
        if (!method->closed)
            testhost_broken("the component is gone, but its method %s was not closed", method->options.path);
    for (struct inferd_metric *metric = testhost->metrics, *next; metric; metric = next) {
        next = metric->next;
        free(metric->name);
        free(metric);
    }
    testhost_cache_free(testhost);
    flights_free(&testhost->flights);
    free(testhost->columns);
    text_free(&testhost->log);
    problems_free(&testhost->problems);
    if (testhost->registry)
        registry_free(testhost->registry);
    if (testhost->settings)
        settings_free(testhost->settings);
    arena_free(&testhost->arena);
    free(testhost);
}

const struct inferd_kind *testhost_kind(const struct testhost *testhost)
{
    return testhost->kind;
}

size_t testhost_columns(const struct testhost *testhost, const struct testhost_column **columns)
{
    *columns = testhost->columns;
    return testhost->column_count;
}

const struct testhost_column *testhost_column(const struct testhost *testhost, unsigned space, const char *name)
{
    uint32_t index = testhost_find(testhost, space, name, strlen(name));

    return index == INFERD_NO_COLUMN ? NULL : &testhost->columns[index];
}

const char *testhost_log(struct testhost *testhost)
{
    testhost->log_read = true;
    return text_string(&testhost->log);
}

uint64_t testhost_metric(const struct testhost *testhost, const char *name)
{
    uint64_t sum = 0;

    for (const struct inferd_metric *metric = testhost->metrics; metric; metric = metric->next)
        if (strcmp(metric->name, name) == 0)
            sum += metric->sum;
    return sum;
}
