// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// inferctl check: whether the daemon would take modules and configs, and what is wrong with those that it wouldn't.
#include "check.h"

#include <stdio.h>

#include "command.h"
#include "path.h"
#include "schema.h"

static int check(char *const *arguments, const struct given *given, const struct check_options *options)
{
    json_t *all = json_array();
    int status = EXIT_FINE;

    for (; *arguments; arguments++) {
        int one = check_is_modules(*arguments) ? check_modules(*arguments, options, all)
                                               : check_configs(*arguments, given, options, all);

        status = one > status ? one : status;
    }
    if (options->json && status != EXIT_TROUBLE && (json_dumpf(all, stdout, JSON_INDENT(2)) != 0 || puts("") < 0))
        status = EXIT_TROUBLE;
    json_decref(all);
    return status;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct option options[GIVEN_OPTIONS + 7] = {
        {"in-process", no_argument, NULL, 'i'}, {"json", no_argument, NULL, 'j'},   {"quiet", no_argument, NULL, 'q'},
        {"schema", no_argument, NULL, 's'},     {"strict", no_argument, NULL, 'S'}, HELP_OPTION};
    struct given given = {.count = 0};
    struct check_options asked = {.json = false};
    const char *path = NULL;
    bool schema = false;
    int option, status;

    given_options(options + 6);
    while ((option = command_option(command, argc, argv, "ijqh" GIVEN_LETTERS, options, &status)) >= 0) {
        asked.here |= option == 'i';
        asked.json |= option == 'j';
        asked.quiet |= option == 'q';
        asked.strict |= option == 'S';
        schema |= option == 's';
        if (option == 'p')
            path = optarg;
        given_take(&given, option, optarg);
    }
    if (option == -1 && schema)
        status = optind < argc ? command_usage(command, "--schema prints a schema and checks nothing")
                               : schema_print(path_of_modules(path));
    else if (option == -1)
        status = optind == argc ? command_usage(command, "which module, or which config?")
                                : check(argv + optind, &given, &asked);
    given_free(&given);
    return status;
}

const struct command check_command = {
    .name = "check",
    .arguments = "[OPTION]... MODULE | FILE | DIRECTORY | etcd:[PREFIX][@REVISION] ...",
    .summary = "Check modules and configs as the daemon would, and say what is wrong with them",
    .help =
        "MODULE is a file, or a directory of them. Each is opened in a process of its own, so that one that crashes\n"
        "harms nothing and is told of. FILE.json is a model's config, or a map of models; a DIRECTORY is one as\n"
        "inferd's --config-dir; etcd: is what inferd would read, or another PREFIX, maybe as it was at a REVISION.\n"
        "Configs are compiled as the daemon does it. Nothing is asked of the network but etcd, and only for etcd:.\n"
        "Exits with 1 if anything is refused, or if there is nothing to check.\n"
        "\n"
        "Options:\n"
        "  -i, --in-process             open modules in this process, for a debugger\n"
        "  -j, --json                   print JSON: an array of {path, module, version, abi, description, kinds,\n"
        "                               refused} and {model, source, refused, problems}\n"
        "  -q, --quiet                  tell only of what is wrong\n"
        "      --schema                 print the JSON Schema of a model's config, made from what the kinds of the\n"
        "                               module path take, for editors\n"
        "      --strict                 refuse what the daemon would only warn of\n" GIVEN_HELP
        "  -h, --help                   show this help and exit\n",
    .run = run,
};
