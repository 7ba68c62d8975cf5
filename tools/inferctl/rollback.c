// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// inferctl rollback: puts again what a model's config was at an earlier revision, or deletes what wasn't there then.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "guard.h"
#include "history.h"
#include "store.h"

struct rollback_options {
    int64_t to;  // revision; 0: the one before the current
    bool remove; // what was not there then may be deleted
    bool dry, json;
};

// For people. The service config has no model.
static const char *name_of(const char *model)
{
    return model ? model : STORE_SERVICE;
}

// The revision at which the config was what it was before it changed last. 0 after saying why there is none.
static int64_t revision_before(struct store *store, const char *model, const char *key, int64_t modified)
{
    json_t *told = history_read(store, model, key, modified, false);
    const json_t *list = json_object_get(told, "history");
    json_int_t current = json_integer_value(json_object_get(told, "current"));
    json_int_t kept = json_integer_value(json_object_get(told, "kept_from"));
    int64_t found = 0;

    for (size_t i = json_array_size(list); i-- > 0 && !found;) {
        const json_t *one = json_array_get(list, i);
        json_int_t revision = json_integer_value(json_object_get(one, "revision"));

        if (!json_is_true(json_object_get(one, "deleted")) && revision != current)
            found = revision;
    }
    if (told && !found && kept > 1)
        fprintf(stderr,
                "inferctl rollback: etcd has compacted away what %s was before revision %lld: push it from where it "
                "is kept\n",
                name_of(model), (long long)(current ? current : kept));
    else if (told && !found)
        fprintf(stderr, "inferctl rollback: %s was nothing else before\n", name_of(model));
    json_decref(told);
    return found;
}

static int say_new(const char *model, int64_t revision)
{
    fprintf(stderr,
            "inferctl rollback: %s was not there at revision %lld: --delete deletes it; --to takes an earlier one, if "
            "'inferctl history' tells any, and 'inferctl push' puts one from a file\n",
            name_of(model), (long long)revision);
    return EXIT_FOUND;
}

// What it was, checked as what it will be.
static int check(const char *model, const char *key, const struct store_value *value, struct given *given,
                 const struct store *store)
{
    struct config_text text = {.model = (char *)model, .where = (char *)key, .text = value->text, .len = value->len};
    struct texts texts = {.list = &text, .count = 1};

    return guard_texts(&texts, given, store, "rollback");
}

static void tell(const char *model, const char *key, const struct etcd_put *put, int64_t from, int64_t revision,
                 bool json)
{
    json_t *told =
        json_pack("{s:s?, s:s, s:I, s:I, s:I, s:b}", "model", model, "key", key, "from", (json_int_t)from, "before",
                  (json_int_t)put->expected, "revision", (json_int_t)revision, "deleted", put->removed);

    if (json) {
        json_dumpf(told, stdout, JSON_INDENT(2));
        puts("");
    } else if (put->removed) {
        printf(revision ? "%s: deleted, as it was not there at revision %lld; it was at revision %lld\n"
                        : "%s: would be deleted, as it was not there at revision %lld; it is at revision %lld\n",
               name_of(model), (long long)from, (long long)put->expected);
    } else if (revision) {
        printf("%s: as it was at revision %lld; now revision %lld, which was %lld\n", name_of(model), (long long)from,
               (long long)revision, (long long)put->expected);
    } else {
        printf("%s: would be as it was at revision %lld\n", name_of(model), (long long)from);
    }
    json_decref(told);
}

// Does it, unless it was only asked what would be done.
static int change(struct store *store, const char *model, const struct etcd_put *put, int64_t from,
                  const struct rollback_options *options)
{
    int status = options->dry ? EXIT_FINE : store_put(store, put, 1);

    if (status == EXIT_FINE)
        tell(model, put->key, put, from, options->dry ? 0 : etcd_client_revision(store->client), options->json);
    return status;
}

// It was not there at that revision.
static int take_away(struct store *store, const char *model, const char *key, const struct store_value *now,
                     int64_t revision, const struct rollback_options *options)
{
    const struct etcd_put put = {.key = key, .removed = true, .expected = now->modified};

    if (!now->text) {
        fprintf(stderr, "inferctl rollback: %s is not there, and was not at revision %lld\n", name_of(model),
                (long long)revision);
        return options->remove ? EXIT_FINE : EXIT_FOUND;
    }
    return options->remove ? change(store, model, &put, revision, options) : say_new(model, revision);
}

static int put_again(struct store *store, const char *model, const char *key, const struct store_value *now,
                     const struct store_value *then, const struct rollback_options *options, struct given *given)
{
    const struct etcd_put put = {
        .key = key, .value = {(const uint8_t *)then->text, then->len}, .expected = now->modified};
    int status;

    if (now->text && now->len == then->len && memcmp(now->text, then->text, now->len) == 0) {
        fprintf(stderr, "inferctl rollback: %s is what it was at revision %lld\n", name_of(model),
                (long long)then->modified);
        return EXIT_FINE;
    }
    status = check(model, key, then, given, store);
    return status == EXIT_FINE ? change(store, model, &put, then->modified, options) : status;
}

static int go_back(struct store *store, const char *model, const char *key, const struct rollback_options *options,
                   struct given *given)
{
    struct store_value now = {.text = NULL}, then = {.text = NULL};
    int64_t revision = options->to;
    int status = EXIT_TROUBLE;

    if (store_read(store, key, 0, &now) == ETCD_DONE) {
        if (!revision && now.version == 1) // its last change was that it came
            revision = now.created - 1;
        if (!revision)
            revision = revision_before(store, model, key, now.modified);
        status = EXIT_FOUND;
        if (revision == now.created - 1 && now.version == 1)
            status = take_away(store, model, key, &now, revision, options);
        else if (revision && store_read(store, key, revision, &then) == ETCD_DONE)
            status = then.text ? put_again(store, model, key, &now, &then, options, given)
                               : take_away(store, model, key, &now, revision, options);
    }
    free(now.text);
    free(then.text);
    return status;
}

static int rollback(const char *word, struct given *given, const struct rollback_options *options)
{
    const char *model = store_model(word);
    struct store store;
    int64_t modified;
    int status = EXIT_TROUBLE;
    char *key;

    if (store_open(&store, given, "rollback") && store_look(&store)) {
        key = store_key(&store, model, &modified);
        status = key ? go_back(&store, model, key, options, given) : EXIT_FOUND;
        free(key);
    }
    store_close(&store);
    return status;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct option options[GIVEN_OPTIONS + 6] = {{"delete", no_argument, NULL, 'd'},
                                                {"dry-run", no_argument, NULL, 'n'},
                                                {"json", no_argument, NULL, 'j'},
                                                {"to", required_argument, NULL, 't'},
                                                HELP_OPTION};
    struct rollback_options asked = {.to = 0};
    struct given given = {.count = 0};
    bool understood = true;
    int option, status;

    given_options(options + 5);
    while ((option = command_option(command, argc, argv, "djnt:h" GIVEN_LETTERS, options, &status)) >= 0)
        if (option == 'd')
            asked.remove = true;
        else if (option == 'n')
            asked.dry = true;
        else if (option == 'j')
            asked.json = true;
        else if (option == 't')
            understood = command_number(optarg, &asked.to) && asked.to > 0;
        else
            given_take(&given, option, optarg);
    if (option == -1 && !understood)
        status = command_usage(command, "--to takes a revision, as inferctl history tells them");
    else if (option == -1 && argc - optind != 1)
        status = command_usage(command, optind == argc ? "which model, or service-config?" : "too many arguments");
    else if (option == -1)
        status = rollback(argv[optind], &given, &asked);
    given_free(&given);
    return status;
}

const struct command rollback_command = {
    .name = "rollback",
    .arguments = "[OPTION]... MODEL | service-config",
    .summary = "Put a model's config in etcd back to what it was",
    .help =
        "To what it was before it changed last, or was deleted; or to what it was at a REVISION of the store, if etcd\n"
        "hasn't compacted that away. It is checked as inferctl check does it, and put unless somebody else changes it\n"
        "meanwhile: a change like others, so that another rollback undoes it. A model that was not there then is\n"
        "deleted, if --delete says so. Exits with 1 if it is refused, was not there or was compacted away.\n"
        "\n"
        "Options:\n"
        "  -d, --delete                 delete the config where the model is new, or was not there at REVISION\n"
        "  -j, --json                   print JSON: {model, key, from, before, revision, deleted}\n"
        "  -n, --dry-run                check, and tell what would be put\n"
        "  -t, --to=REVISION            to what it was at REVISION; see inferctl history\n" GIVEN_HELP
        "  -h, --help                   show this help and exit\n",
    .run = run,
};
