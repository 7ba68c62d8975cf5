// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What went wrong that is not the configs' fault, for a person: quarantines, an upgrade that failed, workers that died.
// Knows nothing of configs.
#include "status_faults.h"

#include <stdio.h>
#include <string.h>

#include "quarantine_print.h"

static const char *text_of(const json_t *object, const char *member)
{
    const char *text = json_string_value(json_object_get(object, member));

    return text ? text : "";
}

static bool has_failed(const json_t *upgrade)
{
    return strcmp(text_of(upgrade, "state"), "failed") == 0;
}

static bool is_missing(const json_t *death)
{
    return json_is_null(json_object_get(death, "back"));
}

bool status_has_faults(const json_t *config)
{
    const json_t *latest = json_object_get(json_object_get(config, "deaths"), "latest"), *death;
    bool missing = false;
    size_t i;

    json_array_foreach(latest, i, death)
    {
        missing |= is_missing(death);
    }
    return missing || json_array_size(json_object_get(config, "quarantined")) ||
           has_failed(json_object_get(config, "upgrade"));
}

void status_print_upgrade(const json_t *upgrade)
{
    if (has_failed(upgrade))
        printf("upgrade     FAILED at %s, the process before serves on: %s\n", text_of(upgrade, "time"),
               text_of(upgrade, "reason"));
    else if (json_is_object(upgrade))
        printf("upgrade     %s, %s\n", text_of(upgrade, "state"), text_of(upgrade, "time"));
}

void status_print_quarantined(const json_t *quarantined)
{
    const json_t *one;
    size_t i;

    if (json_array_size(quarantined))
        puts("\nquarantined");
    json_array_foreach(quarantined, i, one)
    {
        quarantine_print(one, "  ");
    }
}

static void print_death(const json_t *death)
{
    static const char *const places[] = {"in", "after"};

    printf("  %s  worker %lld: %s", text_of(death, "time"),
           (long long)json_integer_value(json_object_get(death, "worker")), text_of(death, "how"));
    for (size_t i = 0; i < 2; i++)
        if (*text_of(death, places[i]))
            printf(" %s %s of module %s", places[i], text_of(death, places[i]), text_of(death, "module"));
    if (*text_of(death, "node"))
        printf(", component %s of model %s", text_of(death, "node"), text_of(death, "model"));
    if (is_missing(death))
        puts("; NOT REPLACED yet");
    else
        printf("; replaced %s\n", text_of(death, "back"));
}

void status_print_deaths(const json_t *deaths)
{
    const json_t *latest = json_object_get(deaths, "latest"), *death;
    long long count = json_integer_value(json_object_get(deaths, "count"));
    size_t i;

    if (count > 0)
        printf("\n%lld workers died since the start%s\n", count,
               (size_t)count > json_array_size(latest) ? ", the last ones" : "");
    json_array_foreach(latest, i, death)
    {
        print_death(death);
    }
}
