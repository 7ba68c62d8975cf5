// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// inferctl modules: what is in a module path; by default by the files' notes, so nothing of a module is run.
#include "command.h"

#include <stdio.h>
#include "path.h"
#include "rows.h"

static int list(const char *path, bool open, bool json)
{
    json_t *rows = open ? rows_opened_safely(path) : rows_noted(path);
    int status;

    if (rows == NULL)
        return EXIT_TROUBLE;
    status = rows_refused(rows) > 0 ? EXIT_FOUND : EXIT_FINE;
    if (json && !rows_print_json(rows))
        status = EXIT_TROUBLE;
    else if (!json)
        rows_print(rows);
    json_decref(rows);
    return status;
}

static int run(const struct command *command, int argc, char **argv)
{
    static const struct option options[] = {
        {"open", no_argument, NULL, 'o'},
        {"json", no_argument, NULL, 'j'},
        PATH_OPTION,
        HELP_OPTION,
        {NULL, 0, NULL, 0},
    };
    bool open = false, json = false;
    const char *path = NULL;
    int option, status;

    while ((option = command_option(command, argc, argv, "ojp:h", options, &status)) != -1)
        if (option == 'o')
            open = true;
        else if (option == 'j')
            json = true;
        else if (option == 'p')
            path = optarg;
        else
            return status;
    if (optind < argc)
        return command_usage(command, "too many arguments; --module-path says where to look");
    return list(path_of_modules(path), open, json);
}

const struct command modules_command = {
    .name = "modules",
    .arguments = "[OPTION]...",
    .summary = "List the modules of a path, their versions, and which are refused",
    .help = "What is listed is read from the files; nothing of a module is run. Exits with 1 if a module is refused.\n"
            "\n"
            "Options:\n"
            "  -o, --open              open them, all in one process as the daemon does, and list their kinds\n"
            "  -j, --json              print JSON: an array of {path, module, version, abi, description, kinds, "
            "refused}\n" PATH_HELP "  -h, --help              show this help and exit\n",
    .run = run,
};
