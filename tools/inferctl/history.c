// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// inferctl history: what a model's config was, as far back as etcd has kept its revisions.
#include "history.h"

#include <stdio.h>
#include <stdlib.h>

#include "command.h"

struct collecting {
    json_t *list;
    bool texts;
};

static void take(void *user, const struct etcd_value *value)
{
    struct collecting *collecting = user;
    json_t *one =
        json_pack("{s:I, s:I, s:b, s:I}", "revision", (json_int_t)value->modified, "version",
                  (json_int_t)value->version, "deleted", value->deleted, "bytes", (json_int_t)value->value.len);
    json_t *config = collecting->texts && !value->deleted
                         ? json_loadb((const char *)value->value.data, value->value.len, JSON_DECODE_ANY, NULL)
                         : NULL;

    if (config)
        json_object_set_new(one, "config", config);
    json_array_append_new(collecting->list, one);
}

json_t *history_read(struct store *store, const char *model, const char *key, int64_t modified, bool texts)
{
    struct collecting collecting = {json_array(), texts};
    int64_t kept = 1;
    enum etcd_answer answer = etcd_client_history(store->client, key, modified, &kept, take, &collecting);
    json_t *told = NULL;

    if (answer == ETCD_DONE && modified && !json_array_size(collecting.list)) // older than what can be watched
        answer = etcd_client_get(store->client, key, NULL, 0, false, take, &collecting);
    if (answer == ETCD_DONE)
        told = json_pack("{s:s?, s:s, s:I, s:I, s:O}", "model", model, "key", key, "current", (json_int_t)modified,
                         "kept_from", (json_int_t)kept, "history", collecting.list);
    else
        fprintf(stderr, "inferctl %s: %s\n", store->command, etcd_client_error(store->client));
    json_decref(collecting.list);
    return told;
}

static void print(const json_t *told)
{
    const json_t *list = json_object_get(told, "history");
    json_int_t current = json_integer_value(json_object_get(told, "current"));
    json_int_t kept = json_integer_value(json_object_get(told, "kept_from"));

    printf("%s\n", json_string_value(json_object_get(told, "key")));
    if (json_array_size(list))
        puts("  revision     version       bytes");
    for (size_t i = json_array_size(list); i-- > 0;) {
        const json_t *one = json_array_get(list, i);
        json_int_t revision = json_integer_value(json_object_get(one, "revision"));

        if (json_is_true(json_object_get(one, "deleted")))
            printf("  %-12lld deleted%s\n", (long long)revision, current ? "" : ", and not there since");
        else
            printf("  %-12lld %-7lld %11lld%s\n", (long long)revision,
                   (long long)json_integer_value(json_object_get(one, "version")),
                   (long long)json_integer_value(json_object_get(one, "bytes")),
                   revision == current ? "  current" : "");
    }
    if (kept > 1)
        printf("  older ones were compacted away: etcd has kept revisions from %lld on\n", (long long)kept);
}

static int history(const char *model, const struct given *given, bool texts, bool json)
{
    struct store store;
    json_t *told = NULL;
    int status = EXIT_TROUBLE;
    int64_t modified;
    char *key = NULL;

    if (store_open(&store, given, "history") && store_look(&store)) {
        key = store_key(&store, store_model(model), &modified);
        if (key)
            told = history_read(&store, store_model(model), key, modified, texts);
        else
            status = EXIT_FOUND;
    }
    if (told && !json_array_size(json_object_get(told, "history"))) {
        fprintf(stderr, "inferctl history: there is no %s'%s', and nothing is known of one\n",
                store_model(model) ? "model " : "", model);
        status = EXIT_FOUND;
    } else if (told) {
        status = EXIT_FINE;
        if (!json)
            print(told);
        else if (json_dumpf(told, stdout, JSON_INDENT(2)) != 0 || puts("") < 0)
            status = EXIT_TROUBLE;
    }
    json_decref(told);
    free(key);
    store_close(&store);
    return status;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct option options[GIVEN_OPTIONS + 4] = {
        {"json", no_argument, NULL, 'j'}, {"texts", no_argument, NULL, 't'}, HELP_OPTION};
    struct given given = {.count = 0};
    bool json = false, texts = false;
    int option, status;

    given_options(options + 3);
    while ((option = command_option(command, argc, argv, "jth" GIVEN_LETTERS, options, &status)) >= 0)
        if (option == 'j')
            json = true;
        else if (option == 't')
            texts = json = true;
        else
            given_take(&given, option, optarg);
    if (option == -1 && argc - optind != 1)
        status = command_usage(command, optind == argc ? "which model, or service-config?" : "too many arguments");
    else if (option == -1)
        status = history(argv[optind], &given, texts, json);
    given_free(&given);
    return status;
}

const struct command history_command = {
    .name = "history",
    .arguments = "[OPTION]... MODEL | service-config",
    .summary = "Tell what a model's config in etcd was, by revisions",
    .help =
        "etcd keeps what keys were until it is compacted; that is told, newest first: the revision of each change, "
        "the\n"
        "number of changes since the config was new, and its size. 'inferctl diff etcd:@REVISION etcd:' tells what it\n"
        "came to. Of a config that isn't there any more, what doesn't come within two seconds isn't told. Exits with\n"
        "1 if nothing is known of the model.\n"
        "\n"
        "Options:\n"
        "  -j, --json                   print JSON\n"
        "  -t, --texts                  print JSON with the configs\n" GIVEN_HELP
        "  -h, --help                   show this help and exit\n",
    .run = run,
};
