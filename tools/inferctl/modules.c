// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// inferctl modules: what is in a module path; by default by the files' notes, so nothing of a module is run.
#include "command.h"

#include <stdio.h>
#include <string.h>

#include "address.h"
#include "admin.h"
#include "bearer.h"
#include "modules.h"
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

// Of a running inferd, at its admin address if it is to look for others.
static int ask(bool rescan, const char *address, const char *admin, const char *token_file, bool json)
{
    struct http_place place;
    int status = EXIT_TROUBLE;
    char *token, room[64];

    if (!bearer_read(token_file, "modules", &token))
        return EXIT_TROUBLE;
    if (!rescan) {
        place = (struct http_place){address ? address : address_default(room, sizeof(room)), "--address", token};
        status = server_modules(&place, json);
    } else if (admin_place(&place, admin, token, "modules")) {
        status = server_rescan(&place, json);
    }
    bearer_free(token);
    return status;
}

static int run(const struct command *command, int argc, char **argv)
{
    static const struct option options[] = {
        {"address", required_argument, NULL, 'a'},
        {"admin", required_argument, NULL, 'A'},
        {"open", no_argument, NULL, 'o'},
        {"json", no_argument, NULL, 'j'},
        {"server", no_argument, NULL, 's'},
        BEARER_OPTION,
        PATH_OPTION,
        HELP_OPTION,
        {NULL, 0, NULL, 0},
    };
    const char *path = NULL, *address = NULL, *admin = NULL, *token_file = NULL;
    bool open = false, json = false, server = false;
    int option, status;

    while ((option = command_option(command, argc, argv, "a:ojsp:h", options, &status)) >= 0) {
        open |= option == 'o';
        json |= option == 'j';
        server |= option == 's' || option == 'a';
        path = option == 'p' ? optarg : path;
        address = option == 'a' ? optarg : address;
        admin = option == 'A' ? optarg : admin;
        token_file = option == 'f' ? optarg : token_file;
    }
    if (option == -2)
        return status;
    if (argc - optind == 1 && strcmp(argv[optind], "rescan") == 0)
        return ask(true, address, admin, token_file, json);
    if (optind < argc)
        return command_usage(command, "too many arguments; --module-path says where to look");
    if (server)
        return ask(false, address, admin, token_file, json);
    return list(path_of_modules(path), open, json);
}

const struct command modules_command = {
    .name = "modules",
    .arguments = "[OPTION]... [rescan]",
    .summary = "List the modules of a path, or of a running inferd, and which are refused",
    .help =
        "What is listed is read from the files; nothing of a module is run. With --server it is what a running inferd\n"
        "has. With rescan, it is told to look through its module path, and what it has then is listed. Exits with 1 "
        "if\n"
        "a module is refused.\n"
        "\n"
        "Options:\n"
        "  -a, --address=HOST:PORT      of --server: where it is, or its admin address; by default 127.0.0.1, and the\n"
        "                               port in APP_PORT, or 8085\n" ADMIN_HELP
        "  -j, --json                   print JSON: an array of {path, module, version, abi, description, kinds,\n"
        "                               refused}; of a running inferd, those of them that it tells\n"
        "  -o, --open                   open them, all in one process as the daemon does, and list their kinds\n"
        "  -s, --server                 list what a running inferd has\n" BEARER_HELP PATH_HELP
        "  -h, --help                   show this help and exit\n",
    .run = run,
};
