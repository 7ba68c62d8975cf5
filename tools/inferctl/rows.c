// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Fills the rows, by note or by opening.
#include "rows.h"

#include "module/copy.h"
#include "module/find.h"
#include "module/note.h"
#include "module/registry.h"

static void refuse(json_t *row, const char *why)
{
    if (*why != '\0')
        json_object_set_new(row, "refused", json_string(why));
}

static void describe(json_t *row, const char *module, const char *version, unsigned major, unsigned minor)
{
    json_object_set_new(row, "module", json_string(module));
    json_object_set_new(row, "version", json_string(version));
    json_object_set_new(row, "abi", json_sprintf("%u.%u", major, minor));
}

// A row with what the file's note says, and what speaks against it.
static json_t *noted_row(const char *path)
{
    json_t *row = json_pack("{s:s}", "path", path);
    struct module_copy copy;
    struct module_note note;
    char why[512] = "";

    if (module_copy_make(&copy, path, why, sizeof why)) {
        if (module_note_read(copy.data, copy.size, &note, why, sizeof why)) {
            describe(row, note.name, note.version, note.abi_major, note.abi_minor);
            module_note_accepts(&note, why, sizeof why);
        }
        module_copy_drop(&copy);
    }
    refuse(row, why);
    return row;
}

static void note_file(void *user, const char *path, const char *error)
{
    json_t *row = error != NULL ? json_pack("{s:s}", "path", path) : noted_row(path);

    if (error != NULL)
        refuse(row, error);
    json_array_append_new(user, row);
}

json_t *rows_noted(const char *path)
{
    json_t *rows = json_array();

    if (rows != NULL)
        module_find(path, note_file, rows);
    return rows;
}

// The newest module that was loaded from a path, or NULL.
static const struct module *loaded_from(const struct registry *registry, const char *path)
{
    const struct module *const *modules;

    for (size_t i = registry_modules(registry, &modules); i-- > 0;)
        if (strcmp(modules[i]->path, path) == 0)
            return modules[i];
    return NULL;
}

static json_t *opened_row(const struct registry *registry, const struct module_report *report)
{
    const struct module *module = report->loaded ? loaded_from(registry, report->path) : NULL;
    json_t *row = noted_row(report->path), *kinds;

    refuse(row, report->reason);
    if (module == NULL)
        return row;
    if (module->info.description != NULL)
        json_object_set_new(row, "description", json_string(module->info.description));
    kinds = json_array();
    for (size_t i = 0; i < module->info.kind_count; i++)
        json_array_append_new(kinds, json_string(module->kinds[i].name));
    json_object_set_new(row, "kinds", kinds);
    return row;
}

json_t *rows_opened(const char *path)
{
    struct registry *registry = registry_new(NULL, NULL);
    const struct module_report *reports;
    json_t *rows = json_array();
    size_t count;

    if (registry == NULL || rows == NULL) {
        registry_free(registry);
        json_decref(rows);
        return NULL;
    }
    registry_scan(registry, path);
    count = registry_reports(registry, &reports);
    for (size_t i = 0; i < count; i++)
        json_array_append_new(rows, opened_row(registry, &reports[i]));
    registry_free(registry);
    return rows;
}

size_t rows_refused(const json_t *rows)
{
    size_t refused = 0;

    for (size_t i = 0; i < json_array_size(rows); i++)
        refused += json_object_get(json_array_get(rows, i), "refused") != NULL;
    return refused;
}
