// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// inferctl explain: what a model's config comes to: the graph in order, the columns, what a request needs and what the
// reply has. The work is done by a process of its own; see elsewhere.h.
#include "explain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "elsewhere.h"

enum { FIRST_SETTING = 1000 };

// Settings of the daemon that say where configs and modules are and how they are compiled.
static const struct setting {
    const char *name;
    int letter; // of its short option, or its number
} settings[] = {
    {"config-dir", FIRST_SETTING},        {"config-file", 'c'},
    {"compat", FIRST_SETTING + 1},        {"etcd-endpoints", FIRST_SETTING + 2},
    {"etcd-prefix", FIRST_SETTING + 3},   {"etcd-username", FIRST_SETTING + 4},
    {"etcd-password", FIRST_SETTING + 5}, {"module-path", 'p'},
    {"name", FIRST_SETTING + 6},
};

enum { SETTINGS = sizeof settings / sizeof *settings };

static int tell(const json_t *explained, bool json)
{
    const char *trouble = json_string_value(json_object_get(explained, "trouble"));
    const char *model = json_string_value(json_object_get(explained, "model"));
    const char *nearest = json_string_value(json_object_get(explained, "nearest"));

    if (trouble) {
        fprintf(stderr, "inferctl explain: %s\n", trouble);
        return EXIT_TROUBLE;
    }
    if (json) {
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

static int explain(const char *const *arguments, bool json)
{
    char error[512];
    bool died;
    json_t *explained = elsewhere_run(arguments, "the config was compiled", &died, error, sizeof error);
    int status;

    if (!explained) {
        fprintf(stderr, "inferctl explain: %s\n", error);
        return died ? EXIT_FOUND : EXIT_TROUBLE;
    }
    status = tell(explained, json);
    json_decref(explained);
    return status;
}

static bool is_file(const char *argument)
{
    size_t len = strlen(argument);

    return strchr(argument, '/') || (len > 5 && strcmp(argument + len - 5, ".json") == 0);
}

// Keeps a setting for the other process, as one word.
static void give(char **given, int letter, const char *value)
{
    for (size_t i = 0; i < SETTINGS; i++)
        if (settings[i].letter == letter) {
            free(given[i]);
            if (asprintf(&given[i], "--%s=%s", settings[i].name, value) < 0)
                given[i] = NULL;
        }
}

static int run(const struct command *command, int argc, char **argv)
{
    struct option options[SETTINGS + 4] = {
        {"file", required_argument, NULL, 'f'}, {"json", no_argument, NULL, 'j'}, HELP_OPTION};
    const char *arguments[SETTINGS + 4] = {explain_here_command.name, "", ""};
    char *given[SETTINGS] = {NULL};
    size_t count = 3;
    bool json = false;
    int option, status;

    for (size_t i = 0; i < SETTINGS; i++)
        options[3 + i] = (struct option){settings[i].name, required_argument, NULL, settings[i].letter};
    while ((option = command_option(command, argc, argv, "c:f:jp:h", options, &status)) >= 0)
        if (option == 'j')
            json = true;
        else if (option == 'f')
            arguments[1] = optarg;
        else
            give(given, option, optarg);
    for (size_t i = 0; i < SETTINGS; i++)
        if (given[i])
            arguments[count++] = given[i];
    if (option == -1 && argc - optind > 1)
        status = command_usage(command, "too many arguments");
    else if (option == -1 && optind == argc && !*arguments[1])
        status = command_usage(command, "which model?");
    else if (option == -1) {
        if (optind < argc)
            arguments[!*arguments[1] && is_file(argv[optind]) ? 1 : 2] = argv[optind];
        status = explain(arguments, json);
    }
    for (size_t i = 0; i < SETTINGS; i++)
        free(given[i]);
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
        "  -j, --json                   print JSON\n"
        "      --config-dir=DIR         the directory of model configs\n"
        "      --etcd-endpoints=LIST    etcd's servers, separated by commas: http://host:port\n"
        "      --etcd-prefix=PREFIX     where in etcd the model configs are\n"
        "      --etcd-username=NAME     user of etcd\n"
        "      --etcd-password=WORD     password of that user; better in ETCD_PASSWORD, where nobody sees it\n"
        "      --name=NAME              name of the service\n"
        "      --compat=inferflow       compile as for Inferflow's replies\n"
        "  -c, --config-file=FILE       inferd's file of settings\n"
        "  -p, --module-path=PATH       directories of modules, separated by colons\n"
        "  -h, --help                   show this help and exit\n",
    .run = run,
};
