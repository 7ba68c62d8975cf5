// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The checking child's parent: hands it what is to be checked, reads its report (see check_child.c for the lines), and
// where it died goes on with what is left, without whoever did it.
#include "daemon/check.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/magic.h"
#include "daemon/resources.h"
#include "process/check.h"

// How long the child may say nothing: one config, or one module.
#define SILENCE_MS 15000
// How often a config is tried because it asks for resources that it wasn't given.
#define ROUNDS 16

struct checking {
    struct bundle *bundle;
    struct verdict *verdict;
    struct arena *arena;
    struct resources *resources;
    bool *checked;    // for each of the bundle's entries
    bool *incomplete; // that it was, but it asked for resources that it wasn't given
    unsigned *rounds; // how often that happened
    size_t *sent;     // the child's entries: which of the bundle's they are
    size_t sent_count;
    // Where the child was when its report ended; NULL: at nothing that could be told.
    struct bundle_entry *at_entry;
    const char *at_path, *at_identity;
};

static const char *member(const json_t *json, const char *name)
{
    return json_string_value(json_object_get(json, name));
}

static const char *copy(struct checking *checking, const char *text)
{
    return text ? arena_strndup(checking->arena, text, strlen(text)) : NULL;
}

// The entry whose number a line has under that name, or NULL.
static struct bundle_entry *entry_of(struct checking *checking, const json_t *json, const char *name)
{
    const json_t *number = json_object_get(json, name);
    json_int_t i = json_integer_value(number);

    return json_is_integer(number) && i >= 0 && (size_t)i < checking->sent_count
               ? &checking->bundle->entries[checking->sent[i]]
               : NULL;
}

static void take_modules(struct checking *checking, const json_t *list)
{
    struct bundle_module *modules = arena_zalloc(checking->arena, (json_array_size(list) + 1) * sizeof(*modules));
    const json_t *found;
    size_t i, count = 0;

    json_array_foreach(list, i, found)
    {
        if (!modules || !member(found, "path") || !member(found, "identity"))
            continue;
        modules[count++] = (struct bundle_module){.path = member(found, "path"),
                                                  .identity = member(found, "identity"),
                                                  .name = member(found, "name"),
                                                  .version = member(found, "version"),
                                                  .reason = member(found, "reason"),
                                                  .fatal = json_is_true(json_object_get(found, "fatal"))};
    }
    if (modules)
        verdict_take(checking->verdict, modules, count);
}

static void wait_for(struct bundle_entry *entry, const struct resource *resource, struct arena *arena)
{
    entry->waits = true;
    entry->reason =
        arena_printf(arena, "needs %s/%s, which can't be read yet: it is tried again when the store answers",
                     resource->subtree, resource->key);
}

// A resource that the child asked for: as it was given to it, or as it is. Whether it was given, or can't be.
static bool take_read(const struct checking *checking, struct bundle_entry *entry, struct resource *resource)
{
    const struct resource *given = resource_list_find(&entry->resources, resource->subtree, resource->key);

    if (given) {
        *resource = *given;
        return true;
    }
    resource->subtree = arena_strndup(checking->arena, resource->subtree, strlen(resource->subtree));
    resource->key = arena_strndup(checking->arena, resource->key, strlen(resource->key));
    ALWAYS(resource->subtree && resource->key);
    if (resources_find(checking->resources, resource, true, checking->arena))
        return false;
    wait_for(entry, resource, checking->arena);
    return true;
}

// Makes the entry's resources those that the child asked for.
static void take_reads(const struct checking *checking, size_t i, const json_t *reads)
{
    struct bundle_entry *entry = &checking->bundle->entries[i];
    struct resource_list list = {NULL, 0};
    bool complete = true;
    json_t *read;
    size_t k;

    entry->waits = false;
    json_array_foreach(reads, k, read)
    {
        struct resource resource = {
            json_string_value(json_array_get(read, 0)), json_string_value(json_array_get(read, 1)), {NULL, 0}};

        if (!resource.subtree || !resource.key)
            continue;
        complete = take_read(checking, entry, &resource) && complete;
        ALWAYS(resource_list_add(&list, &resource, checking->arena));
    }
    entry->resources = list;
    checking->incomplete[i] = !complete && ++checking->rounds[i] < ROUNDS;
}

static void take_line(struct checking *checking, const json_t *json)
{
    struct bundle_entry *entry = entry_of(checking, json, "end");
    const json_t *modules = json_object_get(json, "modules");

    checking->at_entry = NULL;
    checking->at_path = NULL;
    if (entry) {
        checking->checked[entry - checking->bundle->entries] = true;
        entry->reason = copy(checking, member(json, "reason"));
        entry->bad_graph = json_is_true(json_object_get(json, "bad_graph"));
        entry->pins = copy(checking, member(json, "pins"));
        take_reads(checking, (size_t)(entry - checking->bundle->entries), json_object_get(json, "reads"));
    } else if (modules) {
        take_modules(checking, modules);
    } else if (member(json, "open") && member(json, "identity")) {
        checking->at_path = copy(checking, member(json, "open"));
        checking->at_identity = copy(checking, member(json, "identity"));
    } else {
        checking->at_entry = entry_of(checking, json, "begin");
    }
}

static void read_report(struct checking *checking, const char *text)
{
    checking->at_entry = NULL;
    checking->at_path = NULL;
    for (const char *line = text, *end; (end = strchr(line, '\n')); line = end + 1) {
        json_t *json = json_loadb(line, (size_t)(end - line), 0, NULL);

        take_line(checking, json);
        json_decref(json);
    }
}

// What is still to be checked, as a bundle of its own. NULL: nothing.
static uint8_t *encode_unchecked(struct checking *checking, size_t *len)
{
    const struct bundle *bundle = checking->bundle;
    struct bundle left = {
        .number = bundle->number, .quarantine = bundle->quarantine, .quarantine_count = bundle->quarantine_count};

    left.entries = arena_alloc(checking->arena, (bundle->count + 1) * sizeof(*left.entries));
    if (!left.entries)
        return NULL;
    for (size_t i = 0; i < bundle->count; i++)
        if (bundle->entries[i].text.data && !checking->checked[i]) {
            checking->sent[left.count] = i;
            left.entries[left.count++] = bundle->entries[i];
        }
    checking->sent_count = left.count;
    verdict_show(checking->verdict, &left);
    return left.count || !checking->verdict->judged ? bundle_encode(&left, len) : NULL;
}

static void refuse(struct checking *checking, size_t i, const char *how)
{
    checking->bundle->entries[i].reason = arena_printf(
        checking->arena, "checking it %s: see the log of modules, and take the module or the component out", how);
    checking->checked[i] = true;
}

// Whoever the child was at is to blame; at nobody, all that is left, so that it comes to an end.
static void blame(struct checking *checking, const struct check_result *result)
{
    struct bundle *bundle = checking->bundle;
    char how[256];

    check_result_text(result, how, sizeof(how));
    if (checking->at_path && result->outcome != CHECK_EXITED) {
        verdict_ban(checking->verdict, checking->at_path, checking->at_identity, how);
        return;
    }
    log_error("config_check_died", "checking %s%s: %s", checking->at_entry ? "model " : "configs",
              checking->at_entry ? checking->at_entry->model : " before the first model was reached", how);
    for (size_t i = 0; i < bundle->count; i++)
        if (checking->at_entry ? &bundle->entries[i] == checking->at_entry
                               : !checking->checked[i] && bundle->entries[i].text.data)
            refuse(checking, i, how);
    checking->verdict->judged |= !checking->at_entry; // not again for nothing
}

static bool all_checked(const struct checking *checking)
{
    bool all = checking->verdict->judged;

    for (size_t i = 0; i < checking->sent_count; i++)
        all = all && checking->checked[checking->sent[i]];
    return all;
}

// What was incomplete is to be checked again.
static void go_on(struct checking *checking)
{
    for (size_t i = 0; i < checking->bundle->count; i++) {
        if (checking->incomplete[i])
            checking->checked[i] = false;
        checking->incomplete[i] = false;
    }
}

void check_bundle(struct bundle *bundle, struct verdict *verdict, struct resources *resources, char *const *argv,
                  struct check **kept, struct arena *arena)
{
    struct checking checking = {.bundle = bundle, .verdict = verdict, .resources = resources, .arena = arena};
    uint8_t *bytes;
    size_t len;

    checking.checked = arena_zalloc(arena, bundle->count + 1);
    checking.sent = arena_alloc(arena, (bundle->count + 1) * sizeof(*checking.sent));
    checking.incomplete = arena_zalloc(arena, bundle->count + 1);
    checking.rounds = arena_zalloc(arena, (bundle->count + 1) * sizeof(*checking.rounds));
    if (!checking.checked || !checking.sent || !checking.incomplete || !checking.rounds)
        return;
    while ((bytes = encode_unchecked(&checking, &len))) {
        struct check_options options = {
            .argv = argv, .payload = bytes, .payload_len = len, .silence_ms = SILENCE_MS, .kept = kept};
        struct check_result result;

        check_run(&options, &result);
        read_report(&checking, result.report ? result.report : "");
        // (An end that is none, with configs that nobody has reported on, is one too.)
        if (result.outcome != CHECK_EXITED || result.exit_status != 0 || !all_checked(&checking))
            blame(&checking, &result);
        go_on(&checking);
        check_result_free(&result);
        free(bytes);
    }
}
