// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// inferctl check: whether modules can be loaded, and what is wrong with those that can't.
#include "command.h"

#include <stdio.h>
#include "rows.h"

static void print_row(const json_t *row)
{
    const char *path = json_string_value(json_object_get(row, "path"));
    const char *refused = json_string_value(json_object_get(row, "refused"));
    const json_t *kinds = json_object_get(row, "kinds");

    if (refused != NULL) {
        printf("%s: refused: %s\n", path, refused);
        return;
    }
    printf("%s: fine: %s %s, ABI %s, offers", path, json_string_value(json_object_get(row, "module")),
           json_string_value(json_object_get(row, "version")), json_string_value(json_object_get(row, "abi")));
    for (size_t i = 0; i < json_array_size(kinds); i++)
        printf("%s %s", i == 0 ? "" : ",", json_string_value(json_array_get(kinds, i)));
    fputs("\n", stdout);
}

// The rows of all arguments; NULL: it could not be done.
static json_t *look_at(char *const *paths, bool here)
{
    json_t *all = json_array();

    for (; all != NULL && *paths != NULL; paths++) {
        json_t *rows = here ? rows_opened(*paths) : rows_opened_apart(*paths);

        if (rows != NULL && json_array_size(rows) == 0)
            json_array_append_new(rows,
                                  json_pack("{s:s, s:s}", "path", *paths, "refused", "there are no modules in it"));
        if (rows != NULL) {
            json_array_extend(all, rows);
        } else {
            json_decref(all);
            all = NULL;
        }
        json_decref(rows);
    }
    return all;
}

static int check(char *const *paths, bool here, bool json)
{
    json_t *rows = look_at(paths, here);
    int status;

    if (rows == NULL)
        return EXIT_TROUBLE;
    status = rows_refused(rows) > 0 ? EXIT_FOUND : EXIT_FINE;
    if (json && !rows_print_json(rows))
        status = EXIT_TROUBLE;
    for (size_t i = 0; !json && i < json_array_size(rows); i++)
        print_row(json_array_get(rows, i));
    json_decref(rows);
    return status;
}

static int run(const struct command *command, int argc, char **argv)
{
    static const struct option options[] = {
        {"in-process", no_argument, NULL, 'i'},
        {"json", no_argument, NULL, 'j'},
        HELP_OPTION,
        {NULL, 0, NULL, 0},
    };
    bool here = false, json = false;
    int option, status;

    while ((option = command_option(command, argc, argv, "ijh", options, &status)) != -1)
        if (option == 'i')
            here = true;
        else if (option == 'j')
            json = true;
        else
            return status;
    if (optind == argc)
        return command_usage(command, "which module?");
    return check(argv + optind, here, json);
}

const struct command check_command = {
    .name = "check",
    .arguments = "[OPTION]... MODULE...",
    .summary = "Load modules as the daemon would, and say what is wrong with them",
    .help =
        "MODULE is a file, or a directory of them. Each is opened in a process of its own, so that one that crashes\n"
        "harms nothing and is told of. Exits with 1 if a module is refused.\n"
        "\n"
        "Options:\n"
        "  -i, --in-process  open them in this process, for a debugger\n"
        "  -j, --json        print JSON: an array of {path, module, version, abi, description, kinds, refused}\n"
        "  -h, --help        show this help and exit\n",
    .run = run,
};
