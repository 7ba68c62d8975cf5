// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The modules that are loaded and the kinds they offer: which kind a name means, and what a module may not do because
// of another one. Knows nothing of files.
#ifndef MODULE_CATALOG_H
#define MODULE_CATALOG_H

#include <stdbool.h>
#include <stddef.h>
#include "module/registry.h"

struct module_catalog {
    const struct module **modules; // in the order they were loaded
    size_t module_count;
    const struct module_kind **kinds; // all, of all versions
    size_t kind_count;
    const struct module_kind **highest; // the highest version of each name; in rank, then name
    size_t highest_count;
};

void module_catalog_free(struct module_catalog *catalog);
// The module of that name and version, or NULL.
const struct module *module_catalog_module(const struct module_catalog *catalog, const char *name, const char *version);
// Whether a module's kinds get along with those that are there; else a message that names both.
bool module_catalog_admits(const struct module_catalog *catalog, const struct inferd_module *info, char *error,
                           size_t size);
// Adds an admitted module and its kinds (info.kind_count of them); they must outlive the catalog. False: no memory.
bool module_catalog_add(struct module_catalog *catalog, const struct module *module, const struct module_kind *kinds);
// See registry_choose().
const struct module_kind *module_catalog_find(const struct module_catalog *catalog, const char *kind,
                                              const char *version, registry_fits_fn *fits, void *user);

#endif
