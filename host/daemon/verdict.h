// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What checking children found of the files in the module path: which of them those who serve may open. A file whose
// opening ended a child (a constructor that crashes, or never returns) is not opened again while it has the same bytes.
//
// Threads: one at a time.
#ifndef DAEMON_VERDICT_H
#define DAEMON_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include "base/arena.h"
#include "daemon/bundle.h"

struct verdict {
    struct arena arena; // of all texts below
    struct bundle_module *modules;
    size_t count;
    bool judged; // a child has looked at all of them
    bool looked; // one had before, too
};

void verdict_init(struct verdict *verdict);
void verdict_copy(struct verdict *verdict, const struct verdict *from); // instead of verdict_init()
void verdict_free(struct verdict *verdict);
// What a child found of all files; copied. Says and counts what is new.
void verdict_take(struct verdict *verdict, const struct bundle_module *modules, size_t count);
// Opening a file ended the child, which is said and counted.
void verdict_ban(struct verdict *verdict, const char *path, const char *identity, const char *how);
// Whether there is a module, or a version of one, that wasn't there before.
bool verdict_has_more(const struct verdict *before, const struct verdict *now);
// Puts the list into a bundle, as views.
void verdict_show(const struct verdict *verdict, struct bundle *bundle);
// Of a list: the file with these bytes, or NULL.
const struct bundle_module *verdict_find(const struct bundle_module *modules, size_t count, const char *path,
                                         const char *identity);

#endif
