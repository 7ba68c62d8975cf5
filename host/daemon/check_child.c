// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The checking child: opens modules and compiles configs, any of which may end it. What it is about to do is reported
// before, so that its end tells who did it. One JSON object a line:
//
//   {"open": path, "identity": …}      before a module is opened
//   {"modules": [{…}]}                 when all have been
//   {"begin": 7}                       before the payload's 8th config is compiled
//   {"end": 7, "reason": …, …}         when it was, with "reads": [[subtree, key], …], the resources it asked for
#include <jansson.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/log.h"
#include "base/text.h"
#include "daemon/check.h"
#include "daemon/compile.h"
#include "daemon/modules.h"
#include "plan/quarantine.h"
#include "process/check.h"

// Those who serve come first, once they have something to serve.
#define NICE 10

struct trying {
    struct check_child child;
    struct bundle bundle;  // what is to be checked
    uint64_t module_files; // as they were when they were opened; 0: they weren't yet
};

static void report(struct trying *trying, json_t *line)
{
    char *text = line ? json_dumps(line, JSON_COMPACT) : NULL;

    if (text) {
        check_child_report(&trying->child, text, strlen(text));
        check_child_report(&trying->child, "\n", 1);
    }
    free(text);
    json_decref(line);
}

static bool admit(void *user, const char *path, const char *identity, char *error, size_t size)
{
    struct trying *trying = user;
    const struct bundle_module *known =
        verdict_find(trying->bundle.modules, trying->bundle.module_count, path, identity);

    if (known && known->fatal) {
        snprintf(error, size, "%s", known->reason);
        return false;
    }
    report(trying, json_pack("{s:s, s:s}", "open", path, "identity", identity));
    return true;
}

static json_t *describe(const struct trying *trying, const struct registry *registry, const struct module_report *found)
{
    const struct bundle_module *known =
        verdict_find(trying->bundle.modules, trying->bundle.module_count, found->path, found->identity);
    const struct module *const *modules;
    const struct module *module = NULL;
    size_t count = registry_modules(registry, &modules);

    for (size_t i = 0; i < count; i++)
        if (strcmp(modules[i]->path, found->path) == 0)
            module = modules[i];
    return json_pack("{s:s, s:s, s:s?, s:s?, s:s?, s:b}", "path", found->path, "identity", found->identity, "name",
                     module ? module->info.name : NULL, "version", module ? module->info.version : NULL, "reason",
                     found->loaded ? NULL : found->reason, "fatal", known && known->fatal);
}

// False: they are others than those that were opened for an earlier payload, which don't go away by that. Another child
// is to see to it.
static bool open_modules(struct trying *trying, struct registry *registry, const struct settings *settings)
{
    const char *path = settings_host(settings)->module_path;
    uint64_t files = registry_look(path);
    const struct module_report *reports;
    json_t *list;
    size_t count;

    if (trying->module_files && files != trying->module_files)
        return false;
    if (!trying->module_files) {
        registry_admit(registry, admit, trying);
        registry_scan(registry, path);
    }
    trying->module_files = files;
    list = json_array();
    count = registry_reports(registry, &reports);
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, describe(trying, registry, &reports[i]));
    report(trying, json_pack("{s:o}", "modules", list));
    return true;
}

// JSON takes UTF-8 only; a reason may quote anything.
static char *mended(struct arena *arena, const char *reason)
{
    char *text = reason ? arena_strndup(arena, reason, strlen(reason)) : NULL;

    if (text)
        text_mend(text);
    return text;
}

// (Names that aren't UTF-8 name nothing in a store.)
static json_t *pack_reads(const struct resource_list *read)
{
    json_t *reads = json_array();

    for (size_t i = 0; i < read->count; i++) {
        json_t *names = json_pack("[s, s]", read->items[i].subtree, read->items[i].key);

        if (names)
            json_array_append_new(reads, names);
    }
    return reads;
}

// The versions of the modules that a plan has, a line for each.
static char *pins_of(const struct plan *plan, struct arena *arena)
{
    char text[BREADCRUMB_NAME_SIZE], *pins = arena_strndup(arena, "", 0);

    for (uint32_t i = 0; plan && pins && i < plan->component_count; i++) {
        char *line = arena_printf(arena, "%s\n", plan_module_text(plan->components[i]->kind->module, text));

        if (line && !strstr(pins, line))
            pins = arena_printf(arena, "%s%s", pins, line);
    }
    return plan ? pins : NULL;
}

static void check_one(struct trying *trying, const struct compile_options *options, size_t i, struct arena *arena)
{
    struct bundle_entry *entry = &trying->bundle.entries[i];
    uint32_t crumb = breadcrumb_add(entry->model, NULL, NULL);
    uint64_t before;
    struct plan *plan;
    const char *pins;

    report(trying, json_pack("{s:I}", "begin", (json_int_t)i));
    before = breadcrumb_enter(crumb);
    plan = compile_entry(options, entry, arena);
    pins = pins_of(plan, arena);
    plan_destroy(plan);
    breadcrumb_leave(before);
    breadcrumb_remove(crumb);
    report(trying,
           json_pack("{s:I, s:s?, s:s*, s:b, s:o}", "end", (json_int_t)i, "reason", mended(arena, entry->reason),
                     "pins", pins, "bad_graph", entry->bad_graph, "reads", pack_reads(&entry->resources)));
}

static bool check_payload(struct trying *trying, struct settings *settings, struct registry *registry)
{
    struct compile_options options = compile_options(settings, registry, NULL);
    struct arena arena;
    bool fine;

    arena_init(&arena, 65536, 0);
    fine = bundle_decode(&trying->bundle, trying->child.payload, trying->child.payload_len, &arena);
    if (fine && trying->bundle.number > 1)
        setpriority(PRIO_PROCESS, 0, NICE);
    if (fine)
        compile_quarantine(&options, &trying->bundle, &arena);
    fine = fine && open_modules(trying, registry, settings);
    for (size_t i = 0; fine && i < trying->bundle.count; i++) {
        check_one(trying, &options, i, &arena);
        if (trying->bundle.number > 1)
            sched_yield(); // see compile_bundle()
    }
    arena_free(&arena);
    return fine;
}

int check_child_main(struct settings *settings)
{
    struct registry *registry = modules_new(settings);
    struct trying trying = {.module_files = 0};
    char error[256];
    bool fine;

    if (!check_child_attach((int)settings_host(settings)->check_child, &trying.child, error, sizeof(error))) {
        log_error("check_failed", "%s", error);
        registry_free(registry);
        return 2;
    }
    log_set_level(LOG_ERROR + 1); // refused modules and warnings are told by the parent and by those who serve
    do
        fine = registry && check_payload(&trying, settings, registry);
    while (fine && check_child_next(&trying.child));
    registry_free(registry);
    check_child_detach(&trying.child);
    return fine ? 0 : 2;
}
