// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// inferctl status: how a running daemon fares: which generation of configs it serves, what is refused and why, what is
// quarantined, what its workers have and how they die, how an upgrade ended, and what runs still hold.
#include "command.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include "address.h"
#include "bearer.h"
#include "http_ask.h"
#include "status_print.h"

static int show(const struct http_place *place, bool json)
{
    char error[512] = "";
    char *text = http_ask(place, "GET", "/config", error, sizeof error);
    json_t *config = text ? json_loads(text, 0, NULL) : NULL;
    int status = EXIT_TROUBLE;

    if (text && !json_is_integer(json_object_get(config, "generation")))
        snprintf(error, sizeof error, "what %s answers is not inferd's /config", place->address);
    if (*error) {
        fprintf(stderr, "inferctl status: %s\n", error);
    } else {
        status = status_is_fine(config) ? EXIT_FINE : EXIT_FOUND;
        if (json)
            puts(text);
        else
            status_print(config);
    }
    json_decref(config);
    free(text);
    return status;
}

static int run(const struct command *command, int argc, char **argv)
{
    static const struct option options[] = {
        {"address", required_argument, NULL, 'a'},
        {"json", no_argument, NULL, 'j'},
        BEARER_OPTION,
        HELP_OPTION,
        {NULL, 0, NULL, 0},
    };
    char room[64], *token;
    struct http_place place = {address_default(room, sizeof room), "--address", NULL};
    const char *token_file = NULL;
    bool json = false;
    int option, status;

    while ((option = command_option(command, argc, argv, "a:jh", options, &status)) != -1)
        if (option == 'a')
            place.address = optarg;
        else if (option == 'f')
            token_file = optarg;
        else if (option == 'j')
            json = true;
        else
            return status;
    if (optind < argc)
        return command_usage(command, "too many arguments; --address says which inferd to ask");
    if (!bearer_read(token_file, "status", &token))
        return EXIT_TROUBLE;
    place.token = token;
    status = show(&place, json);
    bearer_free(token);
    return status;
}

const struct command status_command = {
    .name = "status",
    .arguments = "[OPTION]...",
    .summary = "Show which configs a running inferd serves, and what is wrong with others",
    .help = "Asks it over HTTP, on the port it serves on. Exits with 1 if a config is refused, if a worker could not\n"
            "take one, if a module is refused, if the source of the configs is away, if anything is quarantined, if\n"
            "the last upgrade failed or if a worker that died is not replaced yet; with 3 if no inferd answers.\n"
            "\n"
            "Options:\n"
            "  -a, --address=HOST:PORT  where it is, or unix:/PATH of its admin address; by default 127.0.0.1, and the "
            "port\n"
            "                           in APP_PORT, or 8085\n"
            "  -j, --json               print what it answers, as GET /config does\n"
            "      --token-file=FILE    show it the token in FILE's first line, or else that in INFERCTL_TOKEN\n"
            "  -h, --help               show this help and exit\n",
    .run = run,
};
