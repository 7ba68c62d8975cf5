// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Whether configs would be taken, and all that is wrong with those that wouldn't: found by the daemon's compiler.
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "command.h"
#include "compile.h"

struct checking {
    const struct check_options *options;
    json_t *all;
    size_t models, refused, warnings;
    bool modules_told;
};

static const char *text_of(const json_t *object, const char *member)
{
    const char *text = json_string_value(json_object_get(object, member));

    return text ? text : "";
}

// Once: they are the same for all configs.
static void tell_modules(struct checking *checking, const json_t *modules)
{
    for (size_t i = 0; !checking->modules_told && i < json_array_size(modules); i++)
        fprintf(stderr, "inferctl check: %s: refused: %s\n", text_of(json_array_get(modules, i), "path"),
                text_of(json_array_get(modules, i), "reason"));
    checking->modules_told = true;
}

static void print_problems(const json_t *problems)
{
    const json_t *problem;
    size_t i;

    json_array_foreach(problems, i, problem)
    {
        const char *path = text_of(problem, "path");

        printf("  %s%s%s%s\n", json_is_true(json_object_get(problem, "warning")) ? "warning: " : "", path,
               *path ? ": " : "", text_of(problem, "message"));
    }
}

static size_t count_warnings(const json_t *problems)
{
    const json_t *problem;
    size_t i, count = 0;

    json_array_foreach(problems, i, problem) count += json_is_true(json_object_get(problem, "warning"));
    return count;
}

static void take(void *user, const struct config_text *text, json_t *result)
{
    struct checking *checking = user;
    const json_t *problems = json_object_get(result, "problems");
    size_t warnings = count_warnings(problems);
    bool refused = json_object_get(result, "refused") || (checking->options->strict && warnings);

    tell_modules(checking, json_object_get(result, "refused_modules"));
    checking->models += text->model != NULL;
    checking->refused += refused;
    checking->warnings += warnings;
    if (checking->options->json) {
        json_object_set_new(result, "refused", json_boolean(refused));
        json_array_append(checking->all, result);
        return;
    }
    if (refused || warnings || !checking->options->quiet)
        printf("%s: %s\n", text->where, refused ? "refused" : "fine");
    print_problems(problems);
}

static void print_sum(const struct checking *checking, size_t unread)
{
    printf("%zu model%s, %zu refused", checking->models, checking->models == 1 ? "" : "s", checking->refused);
    if (checking->warnings)
        printf(", %zu warning%s", checking->warnings, checking->warnings == 1 ? "" : "s");
    if (unread)
        printf(", %zu file%s or keys that can't be read", unread, unread == 1 ? "" : "s");
    puts("");
}

int check_configs(const char *place, const struct given *given, const struct check_options *options, json_t *all)
{
    struct checking checking = {.options = options, .all = all};
    struct given own;
    struct texts texts;
    int status = EXIT_TROUBLE;

    given_copy(&own, given);
    if (!texts_read(&texts, place, &own, "check")) {
        fprintf(stderr, "inferctl check: %s\n", texts.trouble);
    } else if (!texts.count && !texts.unread) {
        texts_say_none(place, "check");
        status = EXIT_FOUND;
    } else {
        texts_know_service(&texts);
        status = compile_texts(&texts, &own, false, "check", take, &checking);
    }
    if (status == EXIT_FINE && !options->json)
        print_sum(&checking, texts.unread);
    if (status == EXIT_FINE && (checking.refused || texts.unread))
        status = EXIT_FOUND;
    texts_free(&texts);
    given_free(&own);
    return status;
}
