// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// inferctl token: makes a caller's token, and the line of the access file that lets it in. The token is nowhere but in
// what is printed.
#include "command.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include "base/digest.h"
#include "base/text.h"

#define RANDOM_BYTES 32
#define PREFIX "inferd_" // tells scanners of leaked secrets what it is

struct wanted {
    const char *name, *models, *tenants;
    bool admin, json;
};

// False: the kernel has no random bytes.
static bool make_token(char *token, uint8_t digest[DIGEST_SIZE])
{
    uint8_t bytes[RANDOM_BYTES];
    char *at = stpcpy(token, PREFIX);
    bool fine = getrandom(bytes, sizeof(bytes), 0) == (ssize_t)sizeof(bytes);

    for (size_t i = 0; i < sizeof(bytes); i++)
        at += sprintf(at, "%02x", bytes[i]);
    explicit_bzero(bytes, sizeof(bytes));
    return fine && digest_of(token, strlen(token), digest);
}

static void write_line(const struct wanted *wanted, const uint8_t digest[DIGEST_SIZE], struct text *line)
{
    char hash[DIGEST_TEXT_SIZE];

    digest_text(digest, hash);
    text_printf(line, "%s sha256:%s", wanted->name, hash);
    if (wanted->models)
        text_printf(line, " models=%s", wanted->models);
    if (wanted->tenants)
        text_printf(line, " tenants=%s", wanted->tenants);
    if (wanted->admin)
        text_add(line, " admin");
}

static int print_token(const struct wanted *wanted)
{
    char token[sizeof(PREFIX) + 2 * RANDOM_BYTES];
    uint8_t digest[DIGEST_SIZE];
    struct text line;

    if (!make_token(token, digest)) {
        perror("inferctl token: no random bytes");
        return EXIT_TROUBLE;
    }
    text_init(&line);
    write_line(wanted, digest, &line);
    if (wanted->json) {
        json_t *object = json_pack("{s:s, s:s}", "token", token, "line", text_string(&line));

        json_dumpf(object, stdout, JSON_INDENT(2));
        puts("");
        json_decref(object);
    } else {
        printf("Token, for the caller; it can't be shown again:\n%s\n\nLine for the access file:\n%s\n", token,
               text_string(&line));
    }
    explicit_bzero(token, sizeof(token));
    text_free(&line);
    return EXIT_FINE;
}

static bool is_word(const char *text)
{
    return *text && *text != '#' && text[strcspn(text, " \t\r\n")] == '\0';
}

static int run(const struct command *command, int argc, char **argv)
{
    static const struct option options[] = {
        {"models", required_argument, NULL, 'm'},
        {"tenants", required_argument, NULL, 't'},
        {"admin", no_argument, NULL, 'a'},
        {"json", no_argument, NULL, 'j'},
        HELP_OPTION,
        {NULL, 0, NULL, 0},
    };
    struct wanted wanted = {.models = NULL};
    int option, status;

    while ((option = command_option(command, argc, argv, "h", options, &status)) != -1) {
        if (option == -2)
            return status;
        if (option == 'm')
            wanted.models = optarg;
        else if (option == 't')
            wanted.tenants = optarg;
        wanted.admin |= option == 'a';
        wanted.json |= option == 'j';
    }
    if (optind + 1 != argc)
        return command_usage(command, "expected one NAME, which says in the log who came");
    wanted.name = argv[optind];
    if (!is_word(wanted.name) || (wanted.models && !is_word(wanted.models)) ||
        (wanted.tenants && !is_word(wanted.tenants)))
        return command_usage(command, "names and lists are words without blanks");
    if (!wanted.models && !wanted.admin)
        return command_usage(command, "who may ask for no model, and isn't --admin, may do nothing; give --models");
    return print_token(&wanted);
}

const struct command token_command = {
    .name = "token",
    .arguments = "[OPTION]... NAME",
    .summary = "Make a caller's token, and its line for the access file",
    .help = "Options:\n"
            "      --models=LIST   models it may ask for, parted by commas; one that ends with * is a beginning\n"
            "      --tenants=LIST  likewise, tenants; requests without one need *\n"
            "      --admin         it may do what administrators may\n"
            "      --json          print JSON\n"
            "  -h, --help          show this help and exit\n"
            "\n"
            "inferd keeps the token's SHA-256 only: --access-file in inferd(8).\n",
    .run = run,
};
