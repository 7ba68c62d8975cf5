// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// How a serving process takes a generation: modules that have come are opened and changed configs compiled on the
// control thread, their plans swapped in by one job on the loop, and what isn't served any more ends with its last run.
#include "daemon/serving_inner.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/magic.h"
#include "daemon/bundle.h"
#include "daemon/compile.h"
#include "daemon/modules.h"
#include "daemon/telling.h"
#include "daemon/view.h"
#include "front/access.h"
#include "front/methods.h"
#include "front/server.h"
#include "metrics/metrics.h"
#include "plan/quarantine.h"
#include "run/observe.h"

// One bundle on its way: copied, compiled on the control thread, applied on the loop.
struct taking {
    struct control_job job;
    struct loop_job swap;
    struct serving *serving;
    struct arena arena;
    struct bundle bundle;
    struct run_model_change *changes;
    struct access *access; // to be in force; NULL: what is
    uint8_t bytes[];
};

// A plan to be ended on the control thread.
struct retiring {
    struct control_job job;
    struct serving *serving;
    struct plan *plan;
};

static void end_plan(struct control_job *job)
{
    struct retiring *retiring = (struct retiring *)job;

    plan_quarantine_forsake(retiring->plan, &retiring->serving->plans.plan);
    plan_destroy(retiring->plan);
    free(retiring);
}

void serving_retire_plan(void *user, struct plan *plan)
{
    struct serving *serving = user;
    struct retiring *retiring = malloc(sizeof(*retiring));

    ALWAYS(retiring);
    retiring->job.fn = end_plan;
    retiring->plan = plan;
    retiring->serving = serving;
    control_thread_post(serving->control, &retiring->job);
}

static void forget_taking(struct control_job *job)
{
    struct taking *taking = (struct taking *)job;

    arena_free(&taking->arena);
    free(taking);
}

// Why what is newest isn't served; NULL: it is.
static void show_missed(const struct serving *serving, const char *why)
{
    metrics_set(METRICS_CONFIG_BEHIND, why != NULL);
    telling_missed(serving->telling, why);
}

// What is served now is shown from now on.
static void show_taken(struct control_job *job)
{
    struct taking *taking = (struct taking *)job;

    view_apply(taking->serving->view, &taking->bundle);
    show_missed(taking->serving, NULL);
    telling_taken(taking->serving->telling, taking->bundle.number, taking->bundle.revision);
    forget_taking(job);
}

struct access *serving_read_access(const struct serving *serving, bool first)
{
    const char *path = settings_host(serving->options.settings)->access_file;
    struct access *access;
    char error[512];

    if (!*path)
        return NULL;
    access = access_new(path, error, sizeof(error));
    if (access)
        return access;
    metrics_add(METRICS_ACCESS_FILE_REFUSED, 1);
    log_error("access_refused", "%s; %s", error,
              first ? "nobody is let in until it is mended and read again (SIGHUP)" : "those known before are let in");
    return first ? access_new(NULL, error, sizeof(error)) : NULL;
}

// What is served is there.
static void accept_calls(struct serving *serving)
{
    serving->accepting = true;
    if (atomic_load(&serving->closing)) // nobody would hear it
        return;
    if (serving->options.ready)
        serving->options.ready(serving->options.user);
}

static void swap_models(struct loop_job *job)
{
    struct taking *taking = (struct taking *)((char *)job - offsetof(struct taking, swap));
    struct serving *serving = taking->serving;

    if (taking->access) {
        access_free(serving->access);
        serving->front.access = serving->access = taking->access;
    }
    run_models_apply(&serving->models, taking->changes, taking->bundle.count, taking->bundle.whole);
    if (!serving->accepting)
        accept_calls(serving);
    if (taking->bundle.number && !atomic_exchange(&serving->ready, true))
        health_changed();
    taking->job.fn = show_taken;
    control_thread_post(serving->control, &taking->job);
}

static struct plan *make_plan(struct serving *serving, struct taking *taking, struct bundle_entry *entry)
{
    const char *refused = entry->reason; // a newer config than this one
    struct problems problems;
    struct plan *plan = compile_entry(&serving->plans, entry, &taking->arena);

    if (serving->options.read)
        serving->options.read(serving->options.user, entry->model, &entry->resources);
    if (!plan)
        return NULL;
    entry->reason = refused;
    plan->generation = entry->generation ? entry->generation : taking->bundle.number;
    run_observe_plan(serving->options.metrics, plan);
    problems_init(&problems);
    if (!plan_start(plan, &problems)) {
        struct text text;

        text_init(&text);
        problems_text(&problems, &text);
        entry->reason = *text_string(&text) ? arena_strndup(&taking->arena, text_string(&text), text.len) : NULL;
        if (!entry->reason)
            entry->reason = "there isn't enough memory to start it";
        text_free(&text);
        plan_destroy(plan);
        plan = NULL;
    }
    problems_free(&problems);
    return plan;
}

static void take_entry(struct taking *taking, size_t i)
{
    struct serving *serving = taking->serving;
    struct bundle_entry *entry = &taking->bundle.entries[i];
    struct plan *plan = entry->text.data ? make_plan(serving, taking, entry) : NULL;

    if (plan)
        metrics_add(METRICS_CONFIG_COMPILED, 1);
    if (entry->text.data && !plan) {
        log_line(LOG_ERROR, "config_refused", (struct log_field[]){{"model", entry->model}, {NULL, NULL}}, "%s",
                 entry->reason);
        entry->text = (struct inferd_bytes){NULL, 0};
        telling_failed(serving->telling, entry->model, entry->reason);
    } else {
        telling_fine(serving->telling, entry->model);
    }
    taking->changes[i] = (struct run_model_change){.id = entry->model,
                                                   .plan = plan,
                                                   .removed = entry->removed,
                                                   .bad_graph = entry->bad_graph,
                                                   .reason = entry->reason};
}

// The first of the workers says it for all; only now that modules are loaded is it known.
static void say_of_settings(const struct settings *settings)
{
    struct problems problems;

    problems_init(&problems);
    modules_check_options(settings, &problems);
    for (size_t i = 0; i < problems.count; i++)
        log_line(LOG_WARNING, "setting_warning", (struct log_field[]){{"setting", problems.list[i].path}, {NULL, NULL}},
                 "%s", problems.list[i].message);
    problems_free(&problems);
}

// A kind that a config asks for may be new.
static void take_modules(struct serving *serving, const struct bundle *bundle)
{
    modules_rescan(serving->registry, serving->options.settings, bundle);
    if (!serving->greeted && settings_host(serving->options.settings)->worker_index <= 0)
        say_of_settings(serving->options.settings);
    serving->greeted = true;
}

static void compile_bundle(struct control_job *job)
{
    struct taking *taking = (struct taking *)job;
    struct serving *serving = taking->serving;
    struct bundle *bundle = &taking->bundle;

    if (atomic_load(&serving->closing) || (serving->number && bundle->number <= serving->number)) {
        if (bundle->whole) // sent again to who had missed what it had already
            show_missed(serving, NULL);
        forget_taking(job);
        return;
    }
    serving->number = bundle->number;
    taking->access = serving_read_access(serving, false);
    take_modules(serving, bundle);
    arena_reset(&serving->quarantine);
    compile_quarantine(&serving->plans, bundle, &serving->quarantine);
    for (size_t i = 0; i < bundle->count; i++) {
        take_entry(taking, i);
        // Who serves meanwhile waits for one config at most, and not for the time that a thread may have at once.
        if (atomic_load(&serving->ready))
            sched_yield();
    }
    taking->swap.fn = swap_models;
    loop_post(serving->loop, &taking->swap);
}

// A bundle that did not come.
struct missing {
    struct control_job job;
    struct serving *serving;
    char why[];
};

static void tell_missing(struct control_job *job)
{
    struct missing *missing = (struct missing *)job;

    show_missed(missing->serving, missing->why);
    free(missing);
}

// Where there is no memory even for this, the master has it in its log.
void serving_miss(struct serving *serving, const char *why)
{
    size_t size = strlen(why) + 1;
    struct missing *missing = malloc(sizeof(*missing) + size);

    metrics_add(METRICS_CONFIG_MISSED, 1);
    if (!missing)
        return;
    *missing = (struct missing){.job.fn = tell_missing, .serving = serving};
    memcpy(missing->why, why, size);
    control_thread_post(serving->control, &missing->job);
}

bool serving_take(struct serving *serving, const void *bytes, size_t len)
{
    struct taking *taking = calloc(1, sizeof(*taking) + len);

    if (!taking)
        return false;
    arena_init(&taking->arena, 65536, 0);
    taking->serving = serving;
    memcpy(taking->bytes, bytes, len);
    // What finds no memory here is missed, and comes again.
    if (bundle_decode(&taking->bundle, taking->bytes, len, &taking->arena))
        taking->changes = arena_zalloc(&taking->arena, (taking->bundle.count + 1) * sizeof(*taking->changes));
    if (!taking->changes || taking->arena.exhausted) {
        ALWAYS(taking->arena.exhausted); // the master writes no other
        forget_taking(&taking->job);
        return false;
    }
    taking->job.fn = compile_bundle;
    control_thread_post(taking->serving->control, &taking->job);
    return true;
}
