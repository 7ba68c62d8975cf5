// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// inferctl explain: what a model's config comes to: the graph in order, the columns, what a request needs and what the
// reply has.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "compile.h"
#include "explain.h"

static int tell(const json_t *explained, bool json)
{
    const char *model = json_string_value(json_object_get(explained, "model"));
    const char *nearest = json_string_value(json_object_get(explained, "nearest"));

    if (json_object_get(explained, "crashed")) {
        const json_t *problem = json_array_get(json_object_get(explained, "problems"), 0);

        fprintf(stderr, "inferctl explain: %s\n", json_string_value(json_object_get(problem, "message")));
    } else if (json) {
        if (json_dumpf(explained, stdout, JSON_INDENT(2)) != 0 || puts("") < 0)
            return EXIT_TROUBLE;
    } else if (json_object_get(explained, "missing")) {
        fprintf(stderr,
                nearest ? "inferctl explain: there is no model '%s'; did you mean '%s'?\n"
                        : "inferctl explain: there is no model '%s'\n",
                model, nearest);
    } else {
        explain_print(explained);
    }
    return json_object_get(explained, "missing") || json_object_get(explained, "refused") ? EXIT_FOUND : EXIT_FINE;
}

// Leaves the text that was asked for. False: there is trouble.
static bool choose(struct texts *texts, const char *place, const char *model, const char **nearest)
{
    const struct config_text *found = NULL;

    *nearest = NULL;
    if (model && texts->of_file && texts->count == 1 && !strstr(texts->list[0].where, "[\"")) {
        free(texts->list[0].model); // a file with one model's config: it is called as the command says
        texts->list[0].model = strdup(model);
    }
    if (!model && texts->count != 1) {
        snprintf(texts->trouble, sizeof texts->trouble, "%s: holds %zu models: say which", place, texts->count);
        return false;
    }
    found = model ? texts_find(texts, model, nearest) : texts->list;
    if (found)
        texts_keep(texts, found);
    return found;
}

static json_t *missing(const char *model, const char *nearest)
{
    return json_pack("{s:s, s:b, s:s?}", "model", model, "missing", true, "nearest", nearest);
}

// From 'place', or where the settings say.
static int explain(const char *place, const char *model, struct given *given, bool json)
{
    const char *nearest = NULL;
    json_t *results = NULL, *explained = NULL;
    struct texts texts;
    int status = EXIT_TROUBLE;

    if (texts_read(&texts, place, given, "explain")) {
        if (choose(&texts, place, model, &nearest))
            results = compile_all(&texts, given, true, "explain", &status);
        else if (!*texts.trouble)
            explained = missing(model, nearest);
    }
    if (*texts.trouble)
        fprintf(stderr, "inferctl explain: %s\n", texts.trouble);
    if (results)
        explained = json_incref(json_array_get(results, 0));
    if (explained)
        status = tell(explained, json);
    json_decref(explained);
    json_decref(results);
    texts_free(&texts);
    return status;
}

static bool is_file(const char *argument)
{
    size_t len = strlen(argument);

    return strchr(argument, '/') || (len > 5 && strcmp(argument + len - 5, ".json") == 0);
}

static int run(const struct command *command, int argc, char **argv)
{
    struct option options[GIVEN_OPTIONS + 4] = {
        {"file", required_argument, NULL, 'f'}, {"json", no_argument, NULL, 'j'}, HELP_OPTION};
    struct given given = {.count = 0};
    const char *place = NULL, *model = NULL;
    bool json = false;
    int option, status;

    given_options(options + 3);
    while ((option = command_option(command, argc, argv, "f:jh" GIVEN_LETTERS, options, &status)) >= 0)
        if (option == 'j')
            json = true;
        else if (option == 'f')
            place = optarg;
        else
            given_take(&given, option, optarg);
    if (option == -1 && argc - optind > 1) {
        status = command_usage(command, "too many arguments");
    } else if (option == -1 && optind == argc && !place) {
        status = command_usage(command, "which model?");
    } else if (option == -1) {
        if (optind < argc)
            *(!place && is_file(argv[optind]) ? &place : &model) = argv[optind];
        status = explain(place, model, &given, json);
    }
    given_free(&given);
    return status;
}

const struct command explain_command = {
    .name = "explain",
    .arguments = "[OPTION]... MODEL | FILE",
    .summary = "Tell what a model's config comes to: its graph, its columns, its request and its reply",
    .help =
        "The config of MODEL is read from where inferd would read it, with the same environment and the same file of\n"
        "settings; or it is in FILE (a name with a slash, or that ends in .json), a model's config or a map of "
        "models.\n"
        "It is compiled as the daemon does it. Exits with 1 if it is refused, which is told, or isn't there.\n"
        "\n"
        "Options:\n"
        "  -f, --file=FILE              the config, or map of models, is in FILE\n"
        "  -j, --json                   print JSON\n" GIVEN_HELP
        "  -h, --help                   show this help and exit\n",
    .run = run,
};
