// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Scans a module path: decides which files to try, loads them into the catalog, and keeps what became of each.
//
// A file that was opened and then refused stays open: its constructors ran, and may have started what must not lose its
// code. It is not opened again unless the file changes.
#include "module/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/magic.h"
#include "base/map.h"
#include "module/catalog.h"
#include "module/find.h"
#include "module/load.h"

#define REGISTRY_MAGIC 0x6d6f6473u
#define REASON_MAX 768

static const char no_memory[] = "no memory";

// What is remembered of a file besides its report.
struct attempt {
    struct module_identity identity;
    char identity_text[MODULE_IDENTITY_SIZE];
    bool opened; // something of it ran: not to be repeated
};

struct registry {
    uint32_t magic;
    registry_settings_fn *settings;
    void *user;
    registry_admit_fn *admit;
    void *admit_user;
    struct module_catalog catalog;
    struct module_file **opened; // all that were opened, also those refused then
    size_t opened_count;
    struct module_report *reports;
    struct attempt *attempts; // one for each report
    size_t report_count;
    size_t refusals; // of the scan under way
};

static void drop_reason(struct module_report *report)
{
    if (!report->loaded && report->reason != no_memory)
        free((char *)(uintptr_t)report->reason);
    report->reason = NULL;
}

struct registry *registry_new(registry_settings_fn *settings, void *user)
{
    struct registry *registry = calloc(1, sizeof *registry);
    char error[REASON_MAX];

    if (registry == NULL || !module_open_init(error, sizeof error)) {
        free(registry);
        return NULL;
    }
    *registry = (struct registry){.magic = REGISTRY_MAGIC, .settings = settings, .user = user};
    return registry;
}

void registry_free(struct registry *registry)
{
    if (registry == NULL)
        return;
    CHECK_MAGIC(registry, REGISTRY_MAGIC);
    module_catalog_free(&registry->catalog);
    while (registry->opened_count > 0)
        module_load_free(registry->opened[--registry->opened_count]);
    for (size_t i = 0; i < registry->report_count; i++) {
        free((char *)(uintptr_t)registry->reports[i].path);
        drop_reason(&registry->reports[i]);
    }
    free(registry->opened);
    free(registry->reports);
    free(registry->attempts);
    module_open_exit();
    registry->magic = 0;
    free(registry);
}

// The report of a path, a new one where there is none; SIZE_MAX: no memory.
static size_t report_of(struct registry *registry, const char *path)
{
    size_t count = registry->report_count;
    struct module_report *reports;
    struct attempt *attempts;
    char *copy;

    for (size_t i = 0; i < count; i++)
        if (strcmp(registry->reports[i].path, path) == 0)
            return i;
    reports = realloc(registry->reports, (count + 1) * sizeof *reports);
    registry->reports = reports != NULL ? reports : registry->reports;
    attempts = realloc(registry->attempts, (count + 1) * sizeof *attempts);
    registry->attempts = attempts != NULL ? attempts : registry->attempts;
    copy = strdup(path);
    if (reports == NULL || attempts == NULL || copy == NULL) {
        free(copy);
        return SIZE_MAX;
    }
    reports[count] = (struct module_report){.path = copy};
    attempts[count] = (struct attempt){0};
    return registry->report_count++;
}

static void set_report(struct registry *registry, size_t index, bool loaded, const char *reason)
{
    struct module_report *report = &registry->reports[index];

    report->fresh = report->reason == NULL || report->loaded != loaded || strcmp(report->reason, reason) != 0;
    drop_reason(report);
    report->loaded = loaded;
    report->reason = loaded ? "" : strdup(reason);
    if (report->reason == NULL)
        report->reason = no_memory;
    registry->refusals += !loaded;
}

static bool fill_settings(const struct registry *registry, struct module *module, char *error, size_t size)
{
    if (module->info.settings.table == NULL || registry->settings == NULL)
        return true;
    snprintf(error, size, "its settings can't be filled");
    module->settings = registry->settings(registry->user, &module->info, error, size);
    return module->settings != NULL;
}

// Keeps a file that is about to be opened, so that it is closed with the registry whatever comes of it.
static bool keep(struct registry *registry, struct module_file *file, char *error, size_t size)
{
    struct module_file **opened = realloc(registry->opened, (registry->opened_count + 1) * sizeof *opened);

    if (opened == NULL) {
        snprintf(error, size, "no memory");
        return false;
    }
    registry->opened = opened;
    opened[registry->opened_count++] = file;
    return true;
}

// What can be known before opening it: the same module is not loaded twice.
static bool is_new(const struct registry *registry, const struct module_note *note, char *error, size_t size)
{
    const struct module *other = module_catalog_module(&registry->catalog, note->name, note->version);

    if (other == NULL)
        return true;
    snprintf(error, size, "module %s %s is already loaded from %s; give it a higher version, or drop one", note->name,
             note->version, other->path);
    return false;
}

// What was admitted is what was read: the file wasn't replaced in between.
static bool is_same(const struct module_identity *identity, const struct module_file *file, char *error, size_t size)
{
    if (module_identity_equal(identity, &file->copy.identity))
        return true;
    snprintf(error, size, "it was replaced while it was looked at; the next scan takes it");
    return false;
}

// Loads one file. 'opened' says whether anything of it ran.
static bool load(struct registry *registry, const char *path, struct attempt *attempt, char *error, size_t size)
{
    struct module_file *file = module_load_file(path, error, size);
    struct module *module;

    if (file == NULL)
        return false;
    module = &file->module;
    if (!is_same(&attempt->identity, file, error, size) || !is_new(registry, &file->note, error, size) ||
        !keep(registry, file, error, size)) {
        module_load_free(file);
        return false;
    }
    if (module_load_open(file, error, size) && module_catalog_admits(&registry->catalog, &module->info, error, size) &&
        fill_settings(registry, module, error, size)) {
        if (module_catalog_add(&registry->catalog, module, file->kinds))
            return true;
        snprintf(error, size, "no memory");
    }
    attempt->opened = file->handle != NULL;
    if (!attempt->opened) {
        registry->opened_count--;
        module_load_free(file);
    }
    return false;
}

// Whether another path shows the same bytes, loaded already: a link, or a folder given twice.
static bool is_loaded(const struct registry *registry, const struct module_identity *identity)
{
    for (size_t i = 0; i < registry->report_count; i++)
        if (registry->reports[i].loaded && module_identity_equal(&registry->attempts[i].identity, identity))
            return true;
    return false;
}

static bool is_admitted(const struct registry *registry, size_t index, char *error, size_t size)
{
    return registry->admit == NULL || registry->admit(registry->admit_user, registry->reports[index].path,
                                                      registry->attempts[index].identity_text, error, size);
}

static void try_file(struct registry *registry, const char *path)
{
    struct module_identity identity;
    char error[REASON_MAX] = "";
    bool known = module_identify(path, &identity, error, sizeof error);
    bool loaded = false;
    struct attempt *attempt;
    size_t index;

    if (known && is_loaded(registry, &identity))
        return;
    index = report_of(registry, path);
    if (index == SIZE_MAX) {
        registry->refusals++;
        return;
    }
    attempt = &registry->attempts[index];
    if (known && attempt->opened && module_identity_equal(&attempt->identity, &identity)) {
        registry->refusals++;
        return;
    }
    *attempt = (struct attempt){.opened = false};
    if (known) {
        attempt->identity = identity;
        module_identity_text(&identity, attempt->identity_text);
        loaded =
            is_admitted(registry, index, error, sizeof error) && load(registry, path, attempt, error, sizeof error);
    }
    set_report(registry, index, loaded, error);
}

static void found_file(void *user, const char *path, const char *error)
{
    struct registry *registry = user;
    size_t index;

    if (error == NULL) {
        try_file(registry, path);
        return;
    }
    index = report_of(registry, path);
    if (index == SIZE_MAX)
        registry->refusals++;
    else
        set_report(registry, index, false, error);
}

void registry_admit(struct registry *registry, registry_admit_fn *admit, void *user)
{
    CHECK_MAGIC(registry, REGISTRY_MAGIC);
    registry->admit = admit;
    registry->admit_user = user;
}

size_t registry_scan(struct registry *registry, const char *path)
{
    CHECK_MAGIC(registry, REGISTRY_MAGIC);
    registry->refusals = 0;
    for (size_t i = 0; i < registry->report_count; i++)
        registry->reports[i].fresh = false;
    module_find(path, found_file, registry);
    for (size_t i = 0; i < registry->report_count; i++)
        registry->reports[i].identity = registry->attempts[i].identity_text;
    return registry->refusals;
}

static void look_at(void *user, const char *path, const char *error)
{
    struct module_identity identity;
    char text[MODULE_IDENTITY_SIZE] = "", reason[REASON_MAX];
    uint64_t *seen = user;

    if (!error && module_identify(path, &identity, reason, sizeof reason))
        module_identity_text(&identity, text);
    *seen = *seen * 31 + map_hash(path, strlen(path));
    *seen = *seen * 31 + map_hash(text, strlen(text));
}

uint64_t registry_look(const char *path)
{
    uint64_t seen = 1;

    module_find(path, look_at, &seen);
    return seen;
}

size_t registry_reports(const struct registry *registry, const struct module_report **reports)
{
    CHECK_MAGIC(registry, REGISTRY_MAGIC);
    *reports = registry->reports;
    return registry->report_count;
}

size_t registry_modules(const struct registry *registry, const struct module *const **modules)
{
    CHECK_MAGIC(registry, REGISTRY_MAGIC);
    *modules = registry->catalog.modules;
    return registry->catalog.module_count;
}

const struct module_kind *registry_find(const struct registry *registry, const char *kind, const char *version)
{
    CHECK_MAGIC(registry, REGISTRY_MAGIC);
    return module_catalog_find(&registry->catalog, kind, version, NULL, NULL);
}

const struct module_kind *registry_choose(const struct registry *registry, const char *kind, const char *version,
                                          registry_fits_fn *fits, void *user)
{
    CHECK_MAGIC(registry, REGISTRY_MAGIC);
    return module_catalog_find(&registry->catalog, kind, version, fits, user);
}

size_t registry_kinds(const struct registry *registry, const struct module_kind *const **kinds)
{
    CHECK_MAGIC(registry, REGISTRY_MAGIC);
    *kinds = registry->catalog.highest;
    return registry->catalog.highest_count;
}
