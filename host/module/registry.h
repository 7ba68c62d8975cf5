// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The modules that are loaded, and the kinds they offer. A module that can't be loaded is refused with a reason and the
// daemon goes on. Several versions of a module may be loaded at once; none is ever unloaded before the process ends.
// Used on one thread at a time ([control]).
#ifndef MODULE_REGISTRY_H
#define MODULE_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <inferd/module.h>

struct registry;

// One loaded module. 'info' is a copy of the module's own struct: the shorter size of an older one is filled up with
// zero.
struct module {
    const char *path;
    struct inferd_module info;
    const struct inferd_kind *kinds; // info.kind_count copies, filled up likewise
    const void *settings;            // the struct filled from info.settings
};

// A kind of a module; what configs bind to.
struct module_kind {
    const struct inferd_kind *kind;
    const struct module *module;
};

// What became of one file in the module path.
struct module_report {
    const char *path;
    bool loaded;
    const char *reason;   // of a refusal: what, and how to mend; "" when loaded
    const char *identity; // which bytes they were: changes with the file; "" where it can't be read
    bool fresh;           // the latest scan is the first to say so
};

// Fills a module's settings struct, given its table; the result lives as long as the registry. NULL with a message in
// error. (The host's settings know options, environment and file; the registry doesn't.)
typedef const void *registry_settings_fn(void *user, const struct inferd_module *module, char *error, size_t size);

struct registry *registry_new(registry_settings_fn *settings, void *user);
void registry_free(struct registry *registry); // closes what it opened
// Asked whenever a scan is about to open a file: no, with a message in error, leaves it unopened and refused.
typedef bool registry_admit_fn(void *user, const char *path, const char *identity, char *error, size_t size);

void registry_admit(struct registry *registry, registry_admit_fn *admit, void *user); // NULL: all are admitted
// Loads the modules (*.so) of a path: directories (also a build tree's, with .libs), colon separated. Files already
// loaded (by inode) are skipped. The number of refusals.
size_t registry_scan(struct registry *registry, const char *path);
// A number for the files that a scan of the path would find, and which bytes they hold: another one when that changes.
uint64_t registry_look(const char *path);
size_t registry_reports(const struct registry *registry, const struct module_report **reports);
size_t registry_modules(const struct registry *registry, const struct module *const **modules);
// The kind of that name; with a version, of the module version that is equal, or begins with it at a dot ("1" takes
// 1.4.2); without, of the highest version. NULL: none.
const struct module_kind *registry_find(const struct registry *registry, const char *kind, const char *version);
// The same, of the modules that fit only.
typedef bool registry_fits_fn(void *user, const struct module *module);
const struct module_kind *registry_choose(const struct registry *registry, const char *kind, const char *version,
                                          registry_fits_fn *fits, void *user);
// All kinds (the highest version of each), in ascending rank, then name.
size_t registry_kinds(const struct registry *registry, const struct module_kind *const **kinds);

#endif
