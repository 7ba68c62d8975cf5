// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// `inferd --check`: reads the configured source once, compiles all of it in this process, and says what is wrong.
#include "daemon/check.h"

#include <semaphore.h>
#include <stdio.h>

#include "config/service_config.h"
#include "daemon/compile.h"
#include "daemon/modules.h"
#include "daemon/resources.h"
#include "daemon/sources.h"
#include "process/signals.h"

struct checking {
    const struct compile_options *options;
    sem_t done;
    char away[256];         // the source can't be reached: why
    size_t models, refused; // refused: the service config too
};

static bool check_service(const struct source_change *change, struct problems *problems)
{
    struct service_config config;

    service_config_init(&config);
    return service_config_read(&config, change->value, change->value_len, problems);
}

static bool check_model(const struct checking *checking, const struct source_change *change, struct problems *problems)
{
    struct inferd_bytes text = {(const uint8_t *)change->value, change->value_len};
    struct arena arena;
    struct plan *plan;

    arena_init(&arena, 4096, 0);
    plan = compile_once(checking->options, change->model, text, &arena, problems);
    plan_destroy(plan);
    arena_free(&arena);
    return plan;
}

static void check_revision(void *user, const struct source_revision *revision)
{
    struct checking *checking = user;

    for (size_t i = 0; i < revision->count; i++) {
        const struct source_change *change = &revision->changes[i];
        struct problems problems;
        struct text text;

        if (!change->value)
            continue;
        problems_init(&problems);
        text_init(&text);
        checking->refused +=
            change->model ? !check_model(checking, change, &problems) : !check_service(change, &problems);
        checking->models += change->model != NULL;
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

    if (!reason)
        return;
    snprintf(checking->away, sizeof(checking->away), "%s", reason);
    sem_post(&checking->done);
}

int check_main(struct settings *settings)
{
    const struct host_settings *host = settings_host(settings);
    struct registry *registry = modules_load(settings);
    struct resources *resources =
        resources_new(&(struct resources_options){.host = host, .wait_ms = host->etcd_timeout_ms});
    struct compile_options options = compile_options(settings, registry, resources);
    struct checking checking = {.options = &options};
    struct source_counts counts;
    struct problems problems;
    struct source *source;
    char error[256];
    bool bad;

    problems_init(&problems);
    modules_check_options(settings, &problems);
    for (size_t i = 0; i < problems.count; i++)
        fprintf(stderr, "inferd: %s: %s%s\n", problems.list[i].path,
                problems.list[i].kind == PROBLEM_WARNING ? "warning: " : "", problems.list[i].message);
    bad = problems.errors != 0;
    problems_free(&problems);
    if (bad) {
        resources_free(resources);
        registry_free(registry);
        return 2;
    }
    sem_init(&checking.done, 0, 0);
    signals_restore();
    source = sources_open(host, false, check_revision, source_away, &checking, error, sizeof(error));
    if (!source) {
        fprintf(stderr, "inferd: %s\n", error);
        resources_free(resources);
        registry_free(registry);
        return 2;
    }
    sem_wait(&checking.done);
    source_count(source, &counts);
    checking.refused += counts.refused; // what could not be read, which the log names
    source_close(source);
    resources_free(resources);
    registry_free(registry);
    if (*checking.away) {
        fprintf(stderr, "inferd: %s\n", checking.away);
        return 2;
    }
    printf("%zu models, %zu refused\n", checking.models, checking.refused);
    return checking.refused ? 1 : 0;
}
