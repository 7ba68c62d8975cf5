// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The book of crashes. Entries are few and looked through from end to end; nobody looks while serving.
#include "daemon/quarantine.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/magic.h"
#include "metrics/metrics.h"
#include "module/version.h"
#include "plan/quarantine.h"

#define CRASHES_MAX 64 // remembered of a component
#define HOW_SIZE 32
#define TOLD_US 2000000 // until when all workers surely know of a quarantine

// A component that crashed, or ("" model) the version of a module that is quarantined as a whole.
struct suspect {
    char model[BREADCRUMB_NAME_SIZE], node[BREADCRUMB_NAME_SIZE], module[BREADCRUMB_NAME_SIZE];
    // Workers crashed in no plugin, after this had run: it may have broken their memory.
    bool left;
    bool acquitted; // it was quarantined for that, and they crashed on
    uint32_t calls; // see struct plan_quarantine
    char call[16], how[HOW_SIZE];
    int64_t crashed_us[CRASHES_MAX]; // a ring; crashes % CRASHES_MAX is the next to be written
    uint64_t crashes;
    int64_t since_us; // quarantined since; 0: not
};

void quarantine_init(struct quarantine_book *book, const struct quarantine_rules *rules, struct metrics *metrics)
{
    *book = (struct quarantine_book){.rules = *rules, .metrics = metrics};
    if (book->rules.crashes > CRASHES_MAX)
        book->rules.crashes = CRASHES_MAX;
}

void quarantine_free(struct quarantine_book *book)
{
    free(book->suspects);
    free(book->shown);
}

static void say(enum log_level level, const char *event, const struct suspect *suspect, const char *what)
{
    struct log_field fields[] = {{"model", *suspect->model ? suspect->model : NULL},
                                 {"node", *suspect->node ? suspect->node : NULL},
                                 {"module", suspect->module},
                                 {NULL, NULL}};

    if (*suspect->model)
        log_line(level, event, fields, "component %s of model %s (module %s) %s", suspect->node, suspect->model,
                 suspect->module, what);
    else
        log_line(level, event, fields, "module %s %s", suspect->module, what);
}

static void count_quarantined(const struct quarantine_book *book)
{
    int64_t count = 0;

    for (size_t i = 0; i < book->count; i++)
        count += book->suspects[i].since_us != 0;
    metrics_set(METRICS_QUARANTINED, count);
}

static void count_crash(const struct quarantine_book *book, const struct suspect *suspect)
{
    struct text tags;

    if (!book->metrics)
        return;
    text_init(&tags);
    metrics_tag(&tags, "model-id", suspect->model);
    metrics_tag(&tags, "component-name", suspect->node);
    metrics_tag(&tags, "module", suspect->module);
    metrics_metric_add(metrics_series(book->metrics, METRICS_CRASHES, text_string(&tags)), 1);
    text_free(&tags);
}

static struct suspect *find(struct quarantine_book *book, const char *model, const char *node, const char *module,
                            bool left)
{
    for (size_t i = 0; i < book->count; i++) {
        struct suspect *suspect = &book->suspects[i];

        if (strcmp(suspect->model, model) == 0 && strcmp(suspect->node, node) == 0 &&
            strcmp(suspect->module, module) == 0 && suspect->left == left)
            return suspect;
    }
    return NULL;
}

static void drop(struct quarantine_book *book, size_t i)
{
    book->suspects[i] = book->suspects[--book->count];
}

// It crashes when it is stopped or destroyed, and never else. That has nothing to do with the config that it leaves,
// and comes as rarely as configs change; so neither another config nor time makes it good.
static bool ends_badly(uint32_t calls)
{
    return (calls & ~PLAN_CALLS_OF_END) == 0;
}

static const char *end_of(bool whole, bool at_end_only)
{
    return whole || at_end_only ? "the module has a higher version"
                                : "the model's config changes or the module has a higher version";
}

bool quarantine_serves(const struct bundle_quarantine *item)
{
    return ends_badly(item->calls);
}

const char *quarantine_end(const struct bundle_quarantine *item)
{
    return end_of(!item->model, quarantine_serves(item));
}

static int64_t window_of(const struct quarantine_book *book, const struct suspect *suspect, int64_t now_us)
{
    return ends_badly(suspect->calls) ? 0 : now_us - book->rules.window_us;
}

// What is neither quarantined nor crashed lately is forgotten.
static void forget_old(struct quarantine_book *book, int64_t now_us)
{
    for (size_t i = book->count; i-- > 0;) {
        const struct suspect *suspect = &book->suspects[i];

        if (!suspect->since_us &&
            suspect->crashed_us[(suspect->crashes - 1) % CRASHES_MAX] < window_of(book, suspect, now_us))
            drop(book, i);
    }
}

static struct suspect *add(struct quarantine_book *book, const char *model, const char *node, const char *module,
                           bool left)
{
    struct suspect *suspect;

    if (book->count == book->capacity) {
        book->capacity = book->capacity ? 2 * book->capacity : 8;
        book->suspects = realloc(book->suspects, book->capacity * sizeof(*book->suspects));
        ALWAYS(book->suspects);
    }
    suspect = &book->suspects[book->count++];
    *suspect = (struct suspect){.left = left};
    snprintf(suspect->model, sizeof(suspect->model), "%s", model);
    snprintf(suspect->node, sizeof(suspect->node), "%s", node);
    snprintf(suspect->module, sizeof(suspect->module), "%s", module);
    return suspect;
}

static void note(struct suspect *suspect, const struct breadcrumb *crumb, const char *how, int64_t now_us)
{
    suspect->calls |= PLAN_CALL(crumb->what);
    snprintf(suspect->call, sizeof(suspect->call), "%s", crumb->call);
    snprintf(suspect->how, sizeof(suspect->how), "%s", how);
    suspect->crashed_us[suspect->crashes++ % CRASHES_MAX] = now_us;
}

static bool crashed_since(const struct suspect *suspect, uint64_t times, int64_t since_us)
{
    return suspect->crashes >= times && suspect->crashed_us[(suspect->crashes - times) % CRASHES_MAX] >= since_us;
}

static unsigned crashes_since(const struct suspect *suspect, int64_t since_us)
{
    unsigned count = 0;

    while (count < CRASHES_MAX && crashed_since(suspect, count + 1, since_us))
        count++;
    return count;
}

// Those in no plugin.
static unsigned all_crashes_since(const struct quarantine_book *book, int64_t since_us)
{
    unsigned all = 0;

    for (size_t i = 0; i < book->count; i++)
        if (book->suspects[i].left)
            all += crashes_since(&book->suspects[i], since_us);
    return all;
}

// So many crashes are too many: twice as many where it is only suspected. 0: it may crash for ever.
static unsigned limit_of(const struct quarantine_book *book, const struct suspect *suspect)
{
    unsigned crashes = book->rules.crashes;

    if (!suspect->left)
        return crashes;
    return 2 * crashes < CRASHES_MAX ? 2 * crashes : CRASHES_MAX;
}

static bool is_too_much(const struct quarantine_book *book, const struct suspect *suspect, int64_t now_us)
{
    unsigned limit = limit_of(book, suspect);
    int64_t since_us = window_of(book, suspect, now_us);

    if (!limit || !crashed_since(suspect, limit, since_us))
        return false;
    // Who breaks memory is mostly found out by what runs next. Others that happen to run then are many, and share what
    // is left.
    return !suspect->left || 2 * crashes_since(suspect, since_us) >= all_crashes_since(book, since_us);
}

static void quarantine(struct quarantine_book *book, struct suspect *suspect, const char *what, int64_t now_us)
{
    char text[256];

    suspect->since_us = now_us;
    snprintf(text, sizeof(text), "%s, last by %s%s%s: %s until %s, or until SIGHUP", what, suspect->how,
             suspect->left ? "" : " in ", suspect->left ? "" : suspect->call,
             ends_badly(suspect->calls) ? "served on, but neither stopped nor destroyed" : "quarantined",
             end_of(!*suspect->model, ends_badly(suspect->calls)));
    say(LOG_ERROR, "quarantine", suspect, text);
    metrics_add(METRICS_QUARANTINES, 1);
    count_quarantined(book);
}

// Where crashes spread over components, the module is to blame rather than one of them.
static bool blame_module(struct quarantine_book *book, const struct breadcrumb *crumb, const char *how, int64_t now_us)
{
    unsigned components = 0;
    struct suspect *whole;
    char what[64];

    for (size_t i = 0; i < book->count; i++)
        components += *book->suspects[i].model && !book->suspects[i].left &&
                      strcmp(book->suspects[i].module, crumb->module) == 0 &&
                      crashed_since(&book->suspects[i], 1, now_us - book->rules.window_us);
    if (!book->rules.components || components < book->rules.components || find(book, "", "", crumb->module, false))
        return false;
    whole = add(book, "", "", crumb->module, false);
    note(whole, crumb, how, now_us);
    snprintf(what, sizeof(what), "crashed workers in %u components", components);
    quarantine(book, whole, what, now_us);
    return true;
}

// Ends the quarantines of those that are only suspected where workers crash on without them. Whether there were any.
static bool acquit(struct quarantine_book *book, int64_t now_us)
{
    int64_t window_us = now_us - book->rules.window_us;
    bool any = false;

    for (size_t i = 0; i < book->count; i++) {
        struct suspect *suspect = &book->suspects[i];
        int64_t without_us = suspect->since_us + TOLD_US;

        if (!suspect->left || !suspect->since_us ||
            all_crashes_since(book, without_us > window_us ? without_us : window_us) < book->rules.crashes)
            continue;
        suspect->since_us = 0;
        suspect->acquitted = any = true;
        say(LOG_WARNING, "quarantine_lifted", suspect,
            "is out of quarantine: workers crash in no plugin without it, too");
        count_quarantined(book);
    }
    return any;
}

// A worker crashed in no plugin: the heap may be broken, by what ran last as likely as not.
static enum quarantine_news suspect_crash(struct quarantine_book *book, struct suspect *suspect, int64_t now_us)
{
    enum quarantine_news news = acquit(book, now_us) ? QUARANTINE_ALL : QUARANTINE_NOTHING;
    char what[64];

    if (suspect->since_us || suspect->acquitted || !is_too_much(book, suspect, now_us))
        return news;
    snprintf(what, sizeof(what), "ran last before %u crashes of workers in no plugin", limit_of(book, suspect));
    quarantine(book, suspect, what, now_us);
    return news ? news : QUARANTINE_MODEL;
}

static enum quarantine_news plugin_crash(struct quarantine_book *book, struct suspect *suspect, uint32_t known,
                                         const struct breadcrumb *crumb, const char *how, int64_t now_us)
{
    struct suspect *whole = find(book, "", "", crumb->module, false);
    char what[64];

    count_crash(book, suspect);
    if (whole)
        whole->calls |= PLAN_CALL(crumb->what);
    if (blame_module(book, crumb, how, now_us) || whole)
        return QUARANTINE_ALL;
    if (suspect->since_us) // it was left to what now crashed too
        return known == suspect->calls ? QUARANTINE_NOTHING : QUARANTINE_MODEL;
    if (!is_too_much(book, suspect, now_us))
        return QUARANTINE_NOTHING;
    snprintf(what, sizeof(what), "crashed workers %u times", limit_of(book, suspect));
    quarantine(book, suspect, what, now_us);
    return QUARANTINE_MODEL;
}

enum quarantine_news quarantine_crash(struct quarantine_book *book, const struct breadcrumb *crumb, const char *how,
                                      int64_t now_us)
{
    struct suspect *suspect;
    uint32_t known;

    forget_old(book, now_us);
    if (crumb->left && !*crumb->node) // of more components than have names
        return QUARANTINE_NOTHING;
    suspect = find(book, crumb->model, crumb->node, crumb->module, crumb->left);
    if (!suspect)
        suspect = add(book, crumb->model, crumb->node, crumb->module, crumb->left);
    known = suspect->calls;
    note(suspect, crumb, how, now_us);
    return crumb->left ? suspect_crash(book, suspect, now_us) : plugin_crash(book, suspect, known, crumb, how, now_us);
}

// Ends a quarantine; what is merely suspected is forgotten silently. Whether it was one.
static bool lift(struct quarantine_book *book, size_t i, const char *why)
{
    bool was = book->suspects[i].since_us != 0;

    if (was)
        say(LOG_INFO, "quarantine_lifted", &book->suspects[i], why);
    drop(book, i);
    count_quarantined(book);
    return was;
}

bool quarantine_lift_model(struct quarantine_book *book, const char *model)
{
    bool lifted = false;

    for (size_t i = book->count; i-- > 0;)
        if (*book->suspects[i].model && !ends_badly(book->suspects[i].calls) &&
            strncmp(book->suspects[i].model, model, BREADCRUMB_NAME_SIZE - 1) == 0)
            lifted |= lift(book, i, "is out of quarantine: the model has another config");
    return lifted;
}

static bool is_listed(const struct bundle_module *modules, size_t count, const struct bundle_module *which)
{
    for (size_t i = 0; i < count; i++)
        if (modules[i].name && strcmp(modules[i].name, which->name) == 0 &&
            strcmp(modules[i].version, which->version) == 0)
            return true;
    return false;
}

bool quarantine_lift_replaced(struct quarantine_book *book, const struct bundle_module *before, size_t before_count,
                              const struct bundle_module *now, size_t count)
{
    bool lifted = false;

    for (size_t k = 0; k < count; k++) {
        size_t len = now[k].name ? strlen(now[k].name) : 0;

        if (len == 0 || is_listed(before, before_count, &now[k]))
            continue;
        for (size_t i = book->count; i-- > 0;)
            if (strncmp(book->suspects[i].module, now[k].name, len) == 0 && book->suspects[i].module[len] == ' ' &&
                module_version_compare(now[k].version, book->suspects[i].module + len + 1) > 0)
                lifted |= lift(book, i, "is out of quarantine: the module has a higher version");
    }
    return lifted;
}

static bool is_named(const char *name, const char *wanted)
{
    return !wanted || strncmp(name, wanted, BREADCRUMB_NAME_SIZE - 1) == 0;
}

static bool is_module(const char *module, const char *wanted)
{
    size_t len = wanted ? strlen(wanted) : 0;

    return !wanted || (strncmp(module, wanted, len) == 0 && (module[len] == '\0' || module[len] == ' '));
}

unsigned quarantine_lift(struct quarantine_book *book, const struct quarantine_whom *whom)
{
    unsigned lifted = 0;

    for (size_t i = book->count; i-- > 0;)
        if (is_named(book->suspects[i].model, whom->model) && is_named(book->suspects[i].node, whom->node) &&
            is_module(book->suspects[i].module, whom->module))
            lifted += lift(book, i, "is out of quarantine by hand");
    return lifted;
}

void quarantine_restore(struct quarantine_book *book, const struct bundle_quarantine *item)
{
    const char *model = item->model ? item->model : "", *node = item->node ? item->node : "";
    struct suspect *suspect;

    if (!item->module || find(book, model, node, item->module, item->after))
        return;
    suspect = add(book, model, node, item->module, item->after);
    suspect->calls = item->calls;
    snprintf(suspect->call, sizeof(suspect->call), "%s", item->call ? item->call : "");
    snprintf(suspect->how, sizeof(suspect->how), "%s", item->how ? item->how : "");
    suspect->crashes = item->crashes ? item->crashes : 1;
    suspect->crashed_us[(suspect->crashes - 1) % CRASHES_MAX] = item->since_us;
    suspect->since_us = item->since_us;
    say(LOG_WARNING, "quarantine_restored", suspect, "was quarantined before the restart, and stays so");
    count_quarantined(book);
}

void quarantine_show(struct quarantine_book *book, struct bundle *bundle)
{
    size_t count = 0;

    free(book->shown);
    book->shown = calloc(book->count + 1, sizeof(*book->shown));
    ALWAYS(book->shown);
    for (size_t i = 0; i < book->count; i++) {
        const struct suspect *suspect = &book->suspects[i];

        if (suspect->since_us)
            book->shown[count++] = (struct bundle_quarantine){
                .model = *suspect->model ? suspect->model : NULL,
                .node = *suspect->model ? suspect->node : NULL,
                .module = suspect->module,
                .calls = suspect->calls,
                .call = suspect->call,
                .how = suspect->how,
                .crashes = suspect->crashes,
                .since_us = suspect->since_us,
                .after = suspect->left,
            };
    }
    bundle->quarantine = book->shown;
    bundle->quarantine_count = count;
}
