// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// inferctl push: checks configs and puts them into etcd, where nobody has changed them since they were looked at.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "guard.h"
#include "store.h"
#include "texts.h"

struct push_options {
    const char *model; // what a single file is called; NULL: by its name
    int64_t expected;  // revision of the one key; -1: whichever it has
    bool dry, json;
};

struct pushing {
    struct store store;
    struct texts texts;
    struct etcd_put *puts; // of texts that are other ones than those in the store
    const struct config_text **of;
    size_t count;
    json_t *told;
};

static void tell(struct pushing *pushing, const struct config_text *text, const char *what, const struct etcd_put *put,
                 int64_t revision)
{
    json_array_append_new(pushing->told, json_pack("{s:s?, s:s, s:s, s:I, s:I}", "model", text->model, "source",
                                                   text->where, "outcome", what, "before", (json_int_t)put->expected,
                                                   "revision", (json_int_t)revision));
}

// Reads what is there now. What to exit with, where it isn't EXIT_FINE after saying why.
static int look_up(struct pushing *pushing, const struct config_text *text, const struct push_options *options)
{
    struct etcd_put put = {.value = {(const uint8_t *)text->text, text->len}};
    struct store_value now = {.text = NULL};
    char *key = store_key(&pushing->store, text->model, &put.expected);
    int status = !key ? EXIT_FOUND : store_read(&pushing->store, key, 0, &now) == ETCD_DONE ? EXIT_FINE : EXIT_TROUBLE;
    bool same;

    put.key = key;
    put.expected = now.modified;
    same = now.text && now.len == text->len && memcmp(now.text, text->text, text->len) == 0;
    free(now.text);
    if (status == EXIT_FINE && options->expected >= 0 && options->expected != put.expected) {
        fprintf(stderr, "inferctl push: %s was changed: its revision is %lld, not %lld; nothing was pushed\n", key,
                (long long)put.expected, (long long)options->expected);
        status = EXIT_FOUND;
    }
    if (status == EXIT_FINE && !same) {
        pushing->puts[pushing->count] = put;
        pushing->of[pushing->count++] = text;
        return EXIT_FINE;
    }
    if (status == EXIT_FINE)
        tell(pushing, text, "unchanged", &put, put.expected);
    free(key);
    return status;
}

static int look_up_all(struct pushing *pushing, const struct push_options *options)
{
    size_t count = pushing->texts.count;
    int status = EXIT_FINE;

    pushing->puts = calloc(count + 1, sizeof(*pushing->puts));
    pushing->of = calloc(count + 1, sizeof(*pushing->of));
    if (!pushing->puts || !pushing->of || !store_look(&pushing->store))
        return EXIT_TROUBLE;
    for (size_t i = 0; i < count && status == EXIT_FINE; i++)
        status = look_up(pushing, &pushing->texts.list[i], options);
    return status;
}

// All at one revision, as far as a transaction of etcd's holds them.
static int put_all(struct pushing *pushing, const struct push_options *options)
{
    int status = EXIT_FINE;
    size_t at = 0, count = 0;

    for (; at < pushing->count && status == EXIT_FINE; at += count) {
        size_t bytes = 0;

        for (count = 0; at + count < pushing->count && count < ETCD_PUTS; count++) {
            bytes += pushing->puts[at + count].value.len;
            if (count && bytes > 1 << 20) // etcd takes requests of 1.5 MiB
                break;
        }
        if (!options->dry)
            status = store_put(&pushing->store, pushing->puts + at, count);
        for (size_t i = at; i < at + count && status == EXIT_FINE; i++)
            tell(pushing, pushing->of[i], options->dry ? "would be pushed" : "pushed", &pushing->puts[i],
                 options->dry ? 0 : etcd_client_revision(pushing->store.client));
    }
    if (status != EXIT_FINE && at > count)
        fprintf(stderr, "inferctl push: %zu of %zu had been pushed before\n", at - count, pushing->count);
    return status;
}

static void print(const json_t *told, bool json)
{
    const json_t *one;
    size_t i;

    if (json) {
        json_dumpf(told, stdout, JSON_INDENT(2));
        puts("");
        return;
    }
    json_array_foreach(told, i, one)
    {
        const char *model = json_string_value(json_object_get(one, "model"));
        long long before = json_integer_value(json_object_get(one, "before"));
        long long revision = json_integer_value(json_object_get(one, "revision"));

        printf("%s: %s", model ? model : STORE_SERVICE, json_string_value(json_object_get(one, "outcome")));
        if (revision && revision != before)
            printf(", revision %lld", revision);
        if (before)
            printf(revision == before ? " since revision %lld" : ", which was %lld", before);
        else
            fputs(", which was not there", stdout);
        puts("");
    }
}

// A file of one model is called as the command says.
static bool rename_one(struct texts *texts, const char *model)
{
    if (!model)
        return true;
    if (texts->count != 1 || !texts->list[0].model) {
        fprintf(stderr, "inferctl push: --model names one config, and there are %zu\n", texts->count);
        return false;
    }
    free(texts->list[0].model);
    texts->list[0].model = strdup(model);
    return texts->list[0].model;
}

static int check_and_put(struct pushing *pushing, const struct given *given, const struct push_options *options)
{
    struct given there;
    int status = look_up_all(pushing, options);

    given_copy(&there, given);
    if (status == EXIT_FINE)
        status = guard_texts(&pushing->texts, &there, &pushing->store, "push");
    if (status == EXIT_FINE)
        status = put_all(pushing, options);
    given_free(&there);
    return status;
}

// What to exit with, where it isn't EXIT_FINE after saying why.
static int read_place(struct pushing *pushing, const char *place, struct given *given,
                      const struct push_options *options)
{
    struct texts *texts = &pushing->texts;

    if (!texts_read(texts, place, given, "push")) {
        fprintf(stderr, "inferctl push: %s\n", texts->trouble);
        return EXIT_TROUBLE;
    }
    if (texts->unread)
        return EXIT_FOUND;
    if (!texts->count) {
        texts_say_none(place, "push");
        return EXIT_FOUND;
    }
    if (!options->model)
        texts_know_service(texts);
    if ((options->expected >= 0 && texts->count != 1) || !rename_one(texts, options->model))
        return command_usage(&push_command, "--model and --expect are of one config");
    return EXIT_FINE;
}

static int push(const char *place, const struct given *given, const struct push_options *options)
{
    struct pushing pushing = {.told = json_array()};
    struct given here;
    int status = EXIT_TROUBLE;

    given_copy(&here, given);
    if (store_open(&pushing.store, given, "push")) {
        status = read_place(&pushing, place, &here, options);
        if (status == EXIT_FINE)
            status = check_and_put(&pushing, given, options);
    }
    if (json_array_size(pushing.told) || (options->json && (status == EXIT_FINE || status == EXIT_FOUND)))
        print(pushing.told, options->json);
    for (size_t i = 0; i < pushing.count; i++)
        free((char *)pushing.puts[i].key);
    free(pushing.puts);
    free(pushing.of);
    json_decref(pushing.told);
    texts_free(&pushing.texts);
    store_close(&pushing.store);
    given_free(&here);
    return status;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct option options[GIVEN_OPTIONS + 6] = {{"dry-run", no_argument, NULL, 'n'},
                                                {"expect", required_argument, NULL, 'e'},
                                                {"json", no_argument, NULL, 'j'},
                                                {"model", required_argument, NULL, 'm'},
                                                HELP_OPTION};
    struct push_options asked = {.expected = -1};
    struct given given = {.count = 0};
    bool understood = true;
    int option, status;

    given_options(options + 5);
    while ((option = command_option(command, argc, argv, "e:jm:nh" GIVEN_LETTERS, options, &status)) >= 0)
        if (option == 'n')
            asked.dry = true;
        else if (option == 'e')
            understood = command_number(optarg, &asked.expected);
        else if (option == 'j')
            asked.json = true;
        else if (option == 'm')
            asked.model = optarg;
        else
            given_take(&given, option, optarg);
    if (option == -1 && !understood)
        status = command_usage(command, "--expect takes a revision, or 0 for a config that isn't there yet");
    else if (option == -1 && argc - optind != 1)
        status = command_usage(command, optind == argc ? "which config?" : "too many arguments");
    else if (option == -1)
        status = push(argv[optind], &given, &asked);
    given_free(&given);
    return status;
}

const struct command push_command = {
    .name = "push",
    .arguments = "[OPTION]... FILE | DIRECTORY",
    .summary = "Check configs and put them into etcd, unless somebody else has changed them meanwhile",
    .help =
        "FILE is a model's config, whose name without .json is the model's id, or a map of models; each goes to a key\n"
        "of its own. All are checked as inferctl check does it, with what they would find in etcd, and nothing is put\n"
        "if one is refused. Up to 100 configs come in at one revision. Exits with 1 if a config is refused or was\n"
        "changed by somebody else, or if there is none.\n"
        "\n"
        "Options:\n"
        "  -e, --expect=REVISION        only if the config's key was changed last at REVISION (0: it isn't there),\n"
        "                               as inferctl history tells it; otherwise what counts is when push looked\n"
        "  -j, --json                   print JSON: an array of {model, source, outcome, before, revision}\n"
        "  -m, --model=MODEL            the model's id, where it isn't the file's name\n"
        "  -n, --dry-run                check, and tell what would be put\n" GIVEN_HELP
        "  -h, --help                   show this help and exit\n",
    .run = run,
};
