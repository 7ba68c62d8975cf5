// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Refuses to put what the daemon would refuse to take.
#include "guard.h"

#include <stdio.h>

#include "command.h"
#include "compile.h"

struct guarding {
    const char *command;
    size_t refused;
};

static const char *text_of(const json_t *object, const char *member)
{
    const char *text = json_string_value(json_object_get(object, member));

    return text ? text : "";
}

static void take(void *user, const struct config_text *text, json_t *result)
{
    struct guarding *guarding = user;
    const json_t *problem;
    size_t i;

    json_array_foreach(json_object_get(result, "problems"), i, problem)
    {
        const char *path = text_of(problem, "path");

        fprintf(stderr, "inferctl %s: %s: %s%s%s%s\n", guarding->command, text->where,
                json_is_true(json_object_get(problem, "warning")) ? "warning: " : "", path, *path ? ": " : "",
                text_of(problem, "message"));
    }
    guarding->refused += json_object_get(result, "refused") != NULL;
}

int guard_texts(const struct texts *texts, struct given *given, const struct store *store, const char *command)
{
    struct guarding guarding = {.command = command};
    int status;

    // Stronger than any directory that the environment names.
    if (!given_add(given, "etcd-endpoints", settings_host(store->settings)->etcd_endpoints))
        return EXIT_TROUBLE;
    status = compile_texts(texts, given, false, command, take, &guarding);
    if (status != EXIT_FINE || !guarding.refused)
        return status;
    fprintf(stderr, "inferctl %s: %zu of %zu %s refused; nothing was put\n", command, guarding.refused, texts->count,
            guarding.refused == 1 ? "is" : "are");
    return EXIT_FOUND;
}
