// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What /config answers, for a person: the current generation first, then what asks for attention, then the past.
#include "status_print.h"

#include <stdio.h>
#include <string.h>

#include "status_faults.h"

static long long number(const json_t *json, const char *name)
{
    return json_integer_value(json_object_get(json, name));
}

static const char *text(const json_t *json, const char *name)
{
    const char *value = json_string_value(json_object_get(json, name));

    return value ? value : "";
}

static bool is_true(const json_t *json, const char *name)
{
    return json_is_true(json_object_get(json, name));
}

static size_t count_refused(const json_t *list)
{
    const json_t *item;
    size_t i, count = 0;

    json_array_foreach(list, i, item)
    {
        count += is_true(item, "refused");
    }
    return count;
}

static size_t count_failed(const json_t *workers)
{
    const json_t *worker;
    size_t i, count = 0;

    json_array_foreach(workers, i, worker)
    {
        count += json_object_size(json_object_get(worker, "failed")) + (*text(worker, "missed") != '\0');
    }
    return count;
}

bool status_is_fine(const json_t *config)
{
    return number(json_object_get(config, "counts"), "refused") == 0 &&
           !is_true(json_object_get(config, "service"), "refused") &&
           count_refused(json_object_get(config, "modules")) == 0 &&
           count_failed(json_object_get(config, "workers")) == 0 &&
           !is_true(json_object_get(config, "source"), "away") && !is_true(config, "from_disk") &&
           !status_has_faults(config);
}

static void print_head(const json_t *config)
{
    const json_t *counts = json_object_get(config, "counts");
    const json_t *source = json_object_get(config, "source"), *disk = json_object_get(config, "last_good");

    printf("generation  %lld, of revision %lld, since %s\n", number(config, "generation"), number(config, "revision"),
           *text(config, "since") ? text(config, "since") : "-");
    printf("models      %lld served, %lld refused (%lld compiled, %lld unchanged)\n", number(counts, "serving"),
           number(counts, "refused"), number(counts, "compiled"), number(counts, "unchanged"));
    printf("source      %s%s\n", text(source, "origin"),
           is_true(config, "from_disk") ? ": not read since the start; the last good configs on disk are served" : "");
    if (is_true(source, "away"))
        printf("            AWAY since %s: %s\n", text(source, "since"), text(source, "reason"));
    if (number(source, "models_kept"))
        printf("            came back EMPTY, not believed: %lld models are served on\n", number(source, "models_kept"));
    if (json_is_object(disk) && *text(disk, "error"))
        printf("on disk     NOT KEPT: %s\n", text(disk, "error"));
    else if (json_is_object(disk) && number(disk, "generation"))
        printf("on disk     generation %lld, %s\n", number(disk, "generation"), text(disk, "path"));
    else
        printf("on disk     %s\n", json_is_object(disk) ? text(disk, "path") : "nothing is kept");
    status_print_upgrade(json_object_get(config, "upgrade"));
}

static void print_refused(const json_t *models, const json_t *service)
{
    bool any = is_true(service, "refused");
    const json_t *model;
    const char *id;

    if (any)
        printf("\nrefused\n  service-config (the last good one stays)\n    %s\n", text(service, "reason"));
    json_object_foreach((json_t *)models, id, model)
    {
        if (!is_true(model, "refused"))
            continue;
        if (!any)
            puts("\nrefused");
        any = true;
        if (is_true(model, "serving"))
            printf("  %s (generation %lld is served)\n    %s\n", id, number(model, "generation"),
                   text(model, "reason"));
        else
            printf("  %s (nothing is served)\n    %s\n", id, text(model, "reason"));
    }
}

static void print_workers(const json_t *workers)
{
    const json_t *worker, *failed, *reason;
    const char *id;
    size_t i;

    puts("\nworkers");
    json_array_foreach(workers, i, worker)
    {
        if (json_is_integer(json_object_get(worker, "generation")))
            printf("  %lld  generation %lld, taken %s\n", number(worker, "worker"), number(worker, "generation"),
                   text(worker, "taken"));
        else
            printf("  %lld  has no generation yet\n", number(worker, "worker"));
        if (*text(worker, "missed"))
            printf("     IS BEHIND, could not take what is newer: %s; it is sent it again\n", text(worker, "missed"));
        failed = json_object_get(worker, "failed");
        json_object_foreach((json_t *)failed, id, reason)
        {
            printf("     COULD NOT TAKE %s: %s\n", id, json_string_value(reason) ? json_string_value(reason) : "");
        }
    }
}

static void print_held(const json_t *held)
{
    const json_t *one, *worker;
    size_t i, k;

    if (json_array_size(held))
        puts("\nolder generations held by runs");
    json_array_foreach(held, i, one)
    {
        if (json_is_integer(json_object_get(one, "generation")))
            printf("  %lld", number(one, "generation"));
        else
            printf("  others");
        printf("  %lld runs with %lld plans, in worker", number(one, "runs"), number(one, "plans"));
        json_array_foreach(json_object_get(one, "workers"), k, worker)
        {
            printf("%s %lld", k ? "," : "", (long long)json_integer_value(worker));
        }
        putchar('\n');
    }
}

static void print_modules(const json_t *modules)
{
    const json_t *module;
    size_t i;

    if (count_refused(modules))
        puts("\nmodules refused");
    json_array_foreach(modules, i, module)
    {
        if (is_true(module, "refused"))
            printf("  %s\n    %s\n", text(module, "path"), text(module, "reason"));
    }
}

static void print_generations(const json_t *generations)
{
    const json_t *one;
    size_t i;

    if (json_array_size(generations))
        puts("\ngenerations     revision  time                      compiled  refused  removed  unchanged");
    json_array_foreach(generations, i, one)
    {
        printf("  %-10lld %11lld  %-24s  %8lld  %7lld  %7lld  %9lld%s", number(one, "generation"),
               number(one, "revision"), text(one, "time"), number(one, "changed"), number(one, "refused"),
               number(one, "removed"), number(one, "unchanged"), is_true(one, "from_disk") ? "  from disk" : "");
        if (number(one, "recompiled"))
            printf("  %lld compiled again, for a quarantine", number(one, "recompiled"));
        putchar('\n');
    }
}

void status_print(const json_t *config)
{
    print_head(config);
    print_refused(json_object_get(config, "models"), json_object_get(config, "service"));
    print_modules(json_object_get(config, "modules"));
    status_print_quarantined(json_object_get(config, "quarantined"));
    print_workers(json_object_get(config, "workers"));
    status_print_deaths(json_object_get(config, "deaths"));
    print_held(json_object_get(config, "held"));
    print_generations(json_object_get(config, "generations"));
}
