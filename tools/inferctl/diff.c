// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// inferctl diff: what changes between two configs, or all of two places: in graph, columns, servers and options.
#include "diff.h"

#include <stdio.h>
#include <string.h>

#include "command.h"
#include "compile.h"

struct side {
    struct texts texts;
    json_t *facts; // by models; "" is the service config
};

static void collect(void *user, const struct config_text *text, json_t *result)
{
    json_object_set_new(user, text->model ? text->model : "", diff_facts(result, text));
}

// Leaves one model, or none where it isn't there.
static void keep(struct texts *texts, const char *model)
{
    const char *nearest;
    const struct config_text *found = texts_find(texts, model, &nearest);

    if (found)
        texts_keep(texts, found);
    else
        texts_free(texts);
}

static int read_side(struct side *side, const char *place, const char *model, const struct given *given)
{
    struct given own;
    int status = EXIT_TROUBLE;

    side->facts = json_object();
    given_copy(&own, given);
    if (!texts_read(&side->texts, place, &own, "diff")) {
        fprintf(stderr, "inferctl diff: %s\n", side->texts.trouble);
    } else {
        if (model)
            keep(&side->texts, model);
        status = compile_texts(&side->texts, &own, true, "diff", collect, side->facts);
    }
    given_free(&own);
    return status;
}

// Two files of one model each are that model's, whatever they are called.
static void join_files(struct side *before, struct side *now, const char *model)
{
    const struct config_text *a = before->texts.list, *b = now->texts.list;

    if (model || before->texts.count != 1 || now->texts.count != 1 || !before->texts.of_file || !now->texts.of_file ||
        strcmp(a->model, b->model) == 0)
        return;
    json_object_set(before->facts, b->model, json_object_get(before->facts, a->model));
    json_object_del(before->facts, a->model);
}

static void add_change(json_t *changes, const char *model, const json_t *before, const json_t *now)
{
    json_t *change = diff_models(*model ? model : NULL, before, now);

    if (change)
        json_array_append_new(changes, change);
}

static json_t *compare(const struct side *before, const struct side *now)
{
    json_t *changes = json_array(), *facts;
    const char *model;

    json_object_foreach(before->facts, model, facts)
        add_change(changes, model, facts, json_object_get(now->facts, model));
    json_object_foreach(now->facts, model, facts) if (!json_object_get(before->facts, model))
        add_change(changes, model, NULL, facts);
    return changes;
}

static int tell(const json_t *changes, bool json)
{
    const json_t *change;
    size_t i;

    if (json && (json_dumpf(changes, stdout, JSON_INDENT(2)) != 0 || puts("") < 0))
        return EXIT_TROUBLE;
    json_array_foreach(changes, i, change) if (!json) diff_print(change);
    return json_array_size(changes) ? EXIT_FOUND : EXIT_FINE;
}

static int diff(char *const *places, const char *model, const struct given *given, bool json)
{
    struct side before = {.facts = NULL}, now = {.facts = NULL};
    int status = read_side(&before, places[0], model, given);
    json_t *changes;

    if (status == EXIT_FINE)
        status = read_side(&now, places[1], model, given);
    if (status != EXIT_FINE) {
        status = EXIT_TROUBLE; // 1 would say that they are different
    } else if (model && !json_object_size(before.facts) && !json_object_size(now.facts)) {
        fprintf(stderr, "inferctl diff: there is no model '%s' in either\n", model);
        status = EXIT_TROUBLE;
    } else {
        join_files(&before, &now, model);
        changes = compare(&before, &now);
        status = tell(changes, json);
        json_decref(changes);
    }
    json_decref(before.facts);
    json_decref(now.facts);
    texts_free(&before.texts);
    texts_free(&now.texts);
    return status;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct option options[GIVEN_OPTIONS + 4] = {
        {"json", no_argument, NULL, 'j'}, {"model", required_argument, NULL, 'm'}, HELP_OPTION};
    struct given given = {.count = 0};
    const char *model = NULL;
    bool json = false;
    int option, status;

    given_options(options + 3);
    while ((option = command_option(command, argc, argv, "jm:h" GIVEN_LETTERS, options, &status)) >= 0)
        if (option == 'j')
            json = true;
        else if (option == 'm')
            model = optarg;
        else
            given_take(&given, option, optarg);
    if (option == -1 && argc - optind != 2)
        status = command_usage(command, "two places are compared, such as etcd: and a directory");
    else if (option == -1)
        status = diff(argv + optind, model, &given, json);
    given_free(&given);
    return status;
}

const struct command diff_command = {
    .name = "diff",
    .arguments = "[OPTION]... BEFORE NOW",
    .summary = "Tell what changes between configs: graph, columns, servers, request, reply, options",
    .help =
        "BEFORE and NOW are each a file, a directory, or etcd:[PREFIX][@REVISION], as for inferctl check: so\n"
        "'inferctl diff etcd:@1234 etcd:' tells what has changed since revision 1234, and 'inferctl diff etcd: "
        "models'\n"
        "what a push of a directory would. Both are compiled, so that what a change means for columns and types is\n"
        "seen. Exits with 0 if nothing is different, with 1 if something is, with 3 if that can't be told.\n"
        "\n"
        "Options:\n"
        "  -j, --json                   print JSON\n"
        "  -m, --model=MODEL            only of this model\n" GIVEN_HELP
        "  -h, --help                   show this help and exit\n",
    .run = run,
};
