// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Plain arrays, searched from end to end: there are tens of kinds, and nobody looks one up while serving.
#include "module/catalog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "module/version.h"

void module_catalog_free(struct module_catalog *catalog)
{
    free(catalog->modules);
    free(catalog->kinds);
    free(catalog->highest);
    *catalog = (struct module_catalog){0};
}

const struct module *module_catalog_module(const struct module_catalog *catalog, const char *name, const char *version)
{
    for (size_t i = 0; i < catalog->module_count; i++) {
        const struct inferd_module *info = &catalog->modules[i]->info;

        if (strcmp(info->name, name) == 0 && module_version_compare(info->version, version) == 0)
            return catalog->modules[i];
    }
    return NULL;
}

static bool refuse(const struct inferd_kind *kind, const struct module_kind *taken, const char *what, char *error,
                   size_t size)
{
    const struct module *other = taken->module;

    snprintf(error, size,
             "kind \"%s\": %s of module %s %s (%s); rename it, or take one of the two modules out of the path",
             kind->name, what, other->info.name, other->info.version, other->path);
    return false;
}

// Versions of one module may offer the same kinds; modules of different names may not.
static bool admits_kind(const struct module_catalog *catalog, const struct inferd_module *info,
                        const struct inferd_kind *kind, char *error, size_t size)
{
    for (size_t i = 0; i < catalog->kind_count; i++) {
        const struct module_kind *other = catalog->kinds[i];
        const char *implicit = other->kind->implicit;

        if (strcmp(other->module->info.name, info->name) != 0 && strcmp(other->kind->name, kind->name) == 0)
            return refuse(kind, other, "that is also a kind", error, size);
        if (kind->implicit != NULL && implicit != NULL && strcmp(implicit, kind->implicit) == 0 &&
            strcmp(other->kind->name, kind->name) != 0)
            return refuse(kind, other, "its implicit component has the name of that", error, size);
    }
    return true;
}

bool module_catalog_admits(const struct module_catalog *catalog, const struct inferd_module *info, char *error,
                           size_t size)
{
    for (size_t i = 0; i < info->kind_count; i++)
        if (!admits_kind(catalog, info, &info->kinds[i], error, size))
            return false;
    return true;
}

const struct module_kind *module_catalog_find(const struct module_catalog *catalog, const char *kind,
                                              const char *version, registry_fits_fn *fits, void *user)
{
    const struct module_kind *best = NULL;

    for (size_t i = 0; i < catalog->kind_count; i++) {
        const struct module_kind *at = catalog->kinds[i];

        if (strcmp(at->kind->name, kind) != 0)
            continue;
        if (version != NULL && !module_version_matches(at->module->info.version, version))
            continue;
        if (fits != NULL && !fits(user, at->module))
            continue;
        if (best == NULL || module_version_compare(at->module->info.version, best->module->info.version) > 0)
            best = at;
    }
    return best;
}

static int by_rank(const void *a, const void *b)
{
    const struct inferd_kind *x = (*(const struct module_kind *const *)a)->kind;
    const struct inferd_kind *y = (*(const struct module_kind *const *)b)->kind;

    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    return strcmp(x->name, y->name);
}

static void sort_highest(struct module_catalog *catalog)
{
    catalog->highest_count = 0;
    for (size_t i = 0; i < catalog->kind_count; i++)
        if (module_catalog_find(catalog, catalog->kinds[i]->kind->name, NULL, NULL, NULL) == catalog->kinds[i])
            catalog->highest[catalog->highest_count++] = catalog->kinds[i];
    qsort(catalog->highest, catalog->highest_count, sizeof *catalog->highest, by_rank);
}

bool module_catalog_add(struct module_catalog *catalog, const struct module *module, const struct module_kind *kinds)
{
    size_t count = catalog->kind_count + module->info.kind_count;
    const struct module **modules = realloc(catalog->modules, (catalog->module_count + 1) * sizeof *modules);
    const struct module_kind **all = realloc(catalog->kinds, count * sizeof *all);
    const struct module_kind **highest = realloc(catalog->highest, count * sizeof *highest);

    catalog->modules = modules != NULL ? modules : catalog->modules;
    catalog->kinds = all != NULL ? all : catalog->kinds;
    catalog->highest = highest != NULL ? highest : catalog->highest;
    if (modules == NULL || all == NULL || highest == NULL)
        return false;
    modules[catalog->module_count++] = module;
    for (size_t i = 0; i < module->info.kind_count; i++)
        all[catalog->kind_count++] = &kinds[i];
    sort_highest(catalog);
    return true;
}
