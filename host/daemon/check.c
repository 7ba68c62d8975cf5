// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Checking configs: in a child of the daemon's, which may die of it, and for `inferd --check`.
#include "daemon/check.h"

#include <jansson.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "daemon/compile.h"
#include "daemon/modules.h"
#include "daemon/sources.h"
#include "process/check.h"
#include "process/signals.h"

// The report is one JSON object a line: {"begin": model} before a model is tried, then {"model": …, "reason": …}.
static void report(struct check_child *child, json_t *line)
{
    char *text = line ? json_dumps(line, JSON_COMPACT) : NULL;

    if (text) {
        check_child_report(child, text, strlen(text));
        check_child_report(child, "\n", 1);
    }
    free(text);
    json_decref(line);
}

static void check_one(struct check_child *child, const struct plan_options *options, const struct bundle_entry *entry,
                      struct arena *arena)
{
    uint32_t crumb = breadcrumb_add(entry->model, NULL, NULL);
    const char *reason;
    uint64_t before;
    bool bad_graph = false;
    struct plan *plan;

    report(child, json_pack("{s:s}", "begin", entry->model));
    before = breadcrumb_enter(crumb);
    plan = compile_text(options, entry->model, entry->text, arena, &reason, &bad_graph);
    plan_destroy(plan);
    breadcrumb_leave(before);
    breadcrumb_remove(crumb);
    report(child, json_pack("{s:s, s:s?, s:b}", "model", entry->model, "reason", reason, "bad_graph", bad_graph));
}

static bool check_payload(struct check_child *child, struct settings *settings)
{
    struct registry *registry = modules_load(settings);
    struct plan_options options = compile_options(settings, registry);
    struct bundle bundle;
    struct arena arena;
    bool fine;

    arena_init(&arena, 65536, 0);
    fine = registry && bundle_decode(&bundle, child->payload, child->payload_len, &arena);
    for (size_t i = 0; fine && i < bundle.count; i++)
        if (bundle.entries[i].text.data)
            check_one(child, &options, &bundle.entries[i], &arena);
    arena_free(&arena);
    registry_free(registry);
    return fine;
}

int check_child_main(struct settings *settings)
{
    struct check_child child;
    char error[256];
    bool fine;

    if (!check_child_attach((int)settings_host(settings)->check_child, &child, error, sizeof(error))) {
        log_error("check_failed", "%s", error);
        return 2;
    }
    log_set_level(LOG_ERROR + 1); // refused modules and warnings are told by those who serve
    fine = check_payload(&child, settings);
    check_child_detach(&child);
    return fine ? 0 : 2;
}

static struct bundle_entry *entry_named(struct bundle *bundle, const char *model)
{
    for (size_t i = 0; model && i < bundle->count; i++)
        if (bundle->entries[i].text.data && strcmp(bundle->entries[i].model, model) == 0)
            return &bundle->entries[i];
    return NULL;
}

// Reads the child's report; returns the model it was at when it ended, if it didn't finish that.
static struct bundle_entry *read_report(struct bundle *bundle, const char *text, bool *checked, struct arena *arena)
{
    struct bundle_entry *begun = NULL;

    for (const char *line = text, *end; (end = strchr(line, '\n')); line = end + 1) {
        json_t *json = json_loadb(line, (size_t)(end - line), 0, NULL);
        struct bundle_entry *entry = entry_named(bundle, json_string_value(json_object_get(json, "model")));
        const char *reason = json_string_value(json_object_get(json, "reason"));

        if (entry) {
            checked[entry - bundle->entries] = true;
            entry->reason = reason ? arena_strndup(arena, reason, strlen(reason)) : NULL;
            entry->bad_graph = json_is_true(json_object_get(json, "bad_graph"));
            begun = NULL;
        } else {
            begun = entry_named(bundle, json_string_value(json_object_get(json, "begin")));
        }
        json_decref(json);
    }
    return begun;
}

// The entries that are still to be checked, as a bundle of their own.
static uint8_t *encode_unchecked(const struct bundle *bundle, const bool *checked, struct arena *arena, size_t *len)
{
    struct bundle left = *bundle;

    left.entries = arena_alloc(arena, (bundle->count + 1) * sizeof(*left.entries));
    left.count = 0;
    if (!left.entries)
        return NULL;
    for (size_t i = 0; i < bundle->count; i++)
        if (bundle->entries[i].text.data && !checked[i])
            left.entries[left.count++] = bundle->entries[i];
    return left.count ? bundle_encode(&left, len) : NULL;
}

static void blame(struct bundle *bundle, struct bundle_entry *culprit, const struct check_result *result, bool *checked,
                  struct arena *arena)
{
    char text[256];

    check_result_text(result, text, sizeof(text));
    log_error("config_check_died", "checking %s%s: %s", culprit ? "model " : "configs",
              culprit ? culprit->model : " before the first model was reached", text);
    for (size_t i = 0; i < bundle->count; i++)
        if (culprit ? &bundle->entries[i] == culprit : !checked[i] && bundle->entries[i].text.data) {
            bundle->entries[i].reason = arena_printf(
                arena, "checking it %s: see the log of modules, and take the module or the component out", text);
            checked[i] = true;
        }
}

void check_entries(struct bundle *bundle, char *const *argv, struct arena *arena)
{
    bool *checked = arena_zalloc(arena, bundle->count + 1);
    uint8_t *bytes;
    size_t len;

    if (!checked)
        return;
    while ((bytes = encode_unchecked(bundle, checked, arena, &len))) {
        struct check_options options = {.argv = argv, .payload = bytes, .payload_len = len, .limit_ms = 60000};
        struct check_result result;
        struct bundle_entry *begun;

        check_run(&options, &result);
        begun = read_report(bundle, result.report ? result.report : "", checked, arena);
        if (result.outcome != CHECK_EXITED || result.exit_status != 0)
            blame(bundle, begun, &result, checked, arena);
        check_result_free(&result);
        free(bytes);
    }
}

struct checking {
    const struct plan_options *options;
    sem_t done;
    char away[256]; // the source can't be reached: why
    size_t models, refused;
};

static void check_revision(void *user, const struct source_revision *revision)
{
    struct checking *checking = user;

    for (size_t i = 0; i < revision->count; i++) {
        const struct source_change *change = &revision->changes[i];
        struct problems problems;
        struct text text;

        if (!change->model || !change->value)
            continue;
        problems_init(&problems);
        text_init(&text);
        plan_destroy(plan_compile(checking->options, change->model, change->value, change->value_len, &problems));
        checking->models++;
        checking->refused += problems.errors != 0;
        problems_text(&problems, &text);
        printf("%s: %s\n%s", change->key, problems.errors ? "refused" : "ok", text_string(&text));
        text_free(&text);
        problems_free(&problems);
    }
    sem_post(&checking->done);
}

static void source_away(void *user, const char *reason)
{
    struct checking *checking = user;

    snprintf(checking->away, sizeof(checking->away), "%s", reason);
    sem_post(&checking->done);
}

int check_main(struct settings *settings)
{
    struct registry *registry = modules_load(settings);
    struct plan_options options = compile_options(settings, registry);
    struct checking checking = {.options = &options};
    struct problems problems;
    struct source *source;
    char error[256];
    bool bad;

    problems_init(&problems);
    modules_check_options(settings, &problems);
    for (size_t i = 0; i < problems.count; i++)
        fprintf(stderr, "inferd: %s: %s\n", problems.list[i].path, problems.list[i].message);
    bad = problems.errors != 0;
    problems_free(&problems);
    if (bad) {
        registry_free(registry);
        return 2;
    }
    sem_init(&checking.done, 0, 0);
    signals_restore();
    source = sources_open(settings_host(settings), false, check_revision, source_away, &checking, error, sizeof(error));
    if (!source) {
        fprintf(stderr, "inferd: %s\n", error);
        registry_free(registry);
        return 2;
    }
    sem_wait(&checking.done);
    source_close(source);
    registry_free(registry);
    if (*checking.away) {
        fprintf(stderr, "inferd: %s\n", checking.away);
        return 2;
    }
    printf("%zu models, %zu refused\n", checking.models, checking.refused);
    return checking.refused ? 1 : 0;
}
