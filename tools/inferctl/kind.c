// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// inferctl kind: a kind's description and options, as its module tells them; or all kinds there are.
#include "command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "kind_text.h"
#include "path.h"
#include "rows.h"

static int list_kinds(const struct registry *registry, bool json)
{
    const struct module_kind *const *kinds;
    size_t count = registry_kinds(registry, &kinds);
    json_t *array = json_array();
    int widest = 0;

    for (size_t i = 0; i < count; i++) {
        int len = (int)strlen(kinds[i]->kind->name);

        widest = len > widest ? len : widest;
        json_array_append_new(array, kind_json(kinds[i]));
    }
    if (json)
        json_dumpf(array, stdout, JSON_INDENT(2));
    for (size_t i = 0; !json && i < count; i++)
        printf("%-*s  %s\n", widest, kinds[i]->kind->name,
               kinds[i]->kind->description != NULL ? kinds[i]->kind->description : "");
    if (json)
        puts("");
    json_decref(array);
    return EXIT_FINE;
}

// "plain" or "plain@1.9".
static const struct module_kind *find_kind(const struct registry *registry, const char *name)
{
    const char *at = strchr(name, '@');
    const struct module_kind *found;
    char *kind;

    if (at == NULL)
        return registry_find(registry, name, NULL);
    kind = strndup(name, (size_t)(at - name));
    found = kind != NULL ? registry_find(registry, kind, at + 1) : NULL;
    free(kind);
    return found;
}

static int show_kind(const struct registry *registry, const char *name, bool json)
{
    const struct module_kind *kind = find_kind(registry, name);
    json_t *object;

    if (kind == NULL) {
        fprintf(stderr, "inferctl kind: no module offers '%s'; 'inferctl kind' lists those that are there\n", name);
        return EXIT_FOUND;
    }
    if (!json) {
        kind_print(kind);
        return EXIT_FINE;
    }
    object = kind_json(kind);
    json_dumpf(object, stdout, JSON_INDENT(2));
    puts("");
    json_decref(object);
    return EXIT_FINE;
}

static int look_up(const char *path, const char *name, bool json)
{
    struct registry *registry = registry_new(NULL, NULL);
    int status = EXIT_TROUBLE;

    if (registry == NULL)
        fputs("inferctl kind: no memory\n", stderr);
    else if (rows_load(registry, path, "kind"))
        status = name != NULL ? show_kind(registry, name, json) : list_kinds(registry, json);
    registry_free(registry);
    return status;
}

static int run(const struct command *command, int argc, char **argv)
{
    static const struct option options[] = {
        {"json", no_argument, NULL, 'j'},
        PATH_OPTION,
        HELP_OPTION,
        {NULL, 0, NULL, 0},
    };
    const char *path = NULL;
    bool json = false;
    int option, status;

    while ((option = command_option(command, argc, argv, "jp:h", options, &status)) != -1)
        if (option == 'j')
            json = true;
        else if (option == 'p')
            path = optarg;
        else
            return status;
    if (argc - optind > 1)
        return command_usage(command, "too many arguments");
    return look_up(path_of_modules(path), optind < argc ? argv[optind] : NULL, json);
}

const struct command kind_command = {
    .name = "kind",
    .arguments = "[OPTION]... [KIND[@VERSION]]",
    .summary = "Tell what a kind does and which options its components take",
    .help = "Without KIND, list all kinds. Exits with 1 if there is no such kind.\n"
            "\n"
            "Options:\n"
            "  -j, --json              print JSON\n" PATH_HELP "  -h, --help              show this help and exit\n",
    .run = run,
};
