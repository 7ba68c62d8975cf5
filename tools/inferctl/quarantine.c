// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// inferctl quarantine: which components of a running inferd are quarantined, and having some let out.
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#include "address.h"
#include "admin.h"
#include "base/text.h"
#include "bearer.h"
#include "command.h"
#include "quarantine_print.h"

struct quarantine_options {
    const char *address, *admin, *token_file, *model, *node, *module;
    bool json;
};

static int list(const struct quarantine_options *options, const char *token)
{
    const struct http_place place = {options->address, "--address", token};
    json_t *config = admin_config(&place, "quarantine");
    const json_t *all = json_object_get(config, "quarantined"), *one;
    int status = !config ? EXIT_TROUBLE : json_array_size(all) ? EXIT_FOUND : EXIT_FINE;
    size_t i;

    if (config && options->json)
        status = json_dumpf(all, stdout, JSON_INDENT(2)) != 0 || puts("") < 0 ? EXIT_TROUBLE : status;
    json_array_foreach(all, i, one) if (!options->json) quarantine_print(one, "");
    json_decref(config);
    return status;
}

static void add(CURL *curl, struct text *path, const char *name, const char *value)
{
    char *escaped = value ? curl_easy_escape(curl, value, 0) : NULL;

    if (escaped)
        text_printf(path, "%s%s=%s", strchr(text_string(path), '?') ? "&" : "?", name, escaped);
    curl_free(escaped);
}

static int lift(const struct quarantine_options *options, const char *token)
{
    struct http_place place;
    bool there = admin_place(&place, options->admin, token, "quarantine");
    CURL *curl = curl_easy_init();
    json_t *answer = NULL;
    struct text path;
    long long lifted;
    int status = EXIT_TROUBLE;

    text_init(&path);
    text_add(&path, "/quarantine/lift");
    if (curl && there) {
        add(curl, &path, "model", options->model);
        add(curl, &path, "node", options->node);
        add(curl, &path, "module", options->module);
        answer = admin_act(&place, text_string(&path), "quarantine");
    }
    if (answer) {
        lifted = json_integer_value(json_object_get(answer, "lifted"));
        status = lifted ? EXIT_FINE : EXIT_FOUND;
        if (options->json)
            printf("{\"generation\": %lld, \"lifted\": %lld}\n",
                   (long long)json_integer_value(json_object_get(answer, "generation")), lifted);
        else if (lifted)
            printf("%lld lifted, from generation %lld on\n", lifted,
                   (long long)json_integer_value(json_object_get(answer, "generation")));
        else
            fputs("inferctl quarantine: there is none such; 'inferctl quarantine' lists them\n", stderr);
    }
    json_decref(answer);
    curl_easy_cleanup(curl);
    text_free(&path);
    return status;
}

static int run(const struct command *command, int argc, char **argv)
{
    static const struct option options[] = {
        {"address", required_argument, NULL, 'a'},
        {"admin", required_argument, NULL, 'A'},
        {"json", no_argument, NULL, 'j'},
        {"model", required_argument, NULL, 'm'},
        {"module", required_argument, NULL, 'M'},
        {"node", required_argument, NULL, 'n'},
        BEARER_OPTION,
        HELP_OPTION,
        {NULL, 0, NULL, 0},
    };
    struct quarantine_options asked = {.json = false};
    const char *what = "list";
    char room[64], *token;
    bool lifting;
    int option, status;

    asked.address = address_default(room, sizeof(room));
    while ((option = command_option(command, argc, argv, "a:jm:n:h", options, &status)) >= 0)
        if (option == 'a')
            asked.address = optarg;
        else if (option == 'A')
            asked.admin = optarg;
        else if (option == 'f')
            asked.token_file = optarg;
        else if (option == 'm')
            asked.model = optarg;
        else if (option == 'M')
            asked.module = optarg;
        else if (option == 'n')
            asked.node = optarg;
        else
            asked.json = true;
    if (option == -2)
        return status;
    if (optind < argc)
        what = argv[optind++];
    if (optind < argc)
        return command_usage(command, "too many arguments");
    lifting = strcmp(what, "lift") == 0;
    if (!lifting && (asked.model || asked.module || asked.node))
        return command_usage(command, "--model, --node and --module say what to lift");
    if (!lifting && strcmp(what, "list") != 0)
        return command_usage(command, "list, or lift?");
    if (!bearer_read(asked.token_file, "quarantine", &token))
        return EXIT_TROUBLE;
    status = lifting ? lift(&asked, token) : list(&asked, token);
    bearer_free(token);
    return status;
}

const struct command quarantine_command = {
    .name = "quarantine",
    .arguments = "[OPTION]... [list | lift]",
    .summary = "List what a running inferd has quarantined, or end quarantines",
    .help = "list exits with 1 if anything is quarantined, lift if there was nothing to lift.\n"
            "\n"
            "Options:\n"
            "  -a, --address=HOST:PORT      of list: where inferd is, or its admin address; by default 127.0.0.1, and\n"
            "                               the port in APP_PORT, or 8085\n" ADMIN_HELP BEARER_HELP
            "  -m, --model=MODEL            lift only of this model,\n"
            "  -n, --node=COMPONENT         only of this component,\n"
            "      --module=MODULE          only of this module, NAME or \"NAME VERSION\"; without these, all\n"
            "  -j, --json                   print JSON\n"
            "  -h, --help                   show this help and exit\n",
    .run = run,
};
