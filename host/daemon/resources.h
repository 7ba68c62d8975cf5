// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The subtrees of resources beside the model configs: each is followed from its first use on, by a source of its own,
// and its texts are kept here. Knows nothing of who reads them.
//
// Threads: any, all functions; 'changed' is called on the sources' threads, with no lock held.
#ifndef DAEMON_RESOURCES_H
#define DAEMON_RESOURCES_H

#include "config/host_settings.h"
#include "daemon/resource_list.h"

struct resources;

struct resources_options {
    const struct host_settings *host;
    bool watch;
    int64_t wait_ms; // for what the store says of a subtree, on its first use
    // Texts of a subtree are other ones than before. NULL: nobody cares.
    void (*changed)(void *user, const char *subtree);
    void *user;
};

// NULL: no memory.
struct resources *resources_new(const struct resources_options *options);
void resources_free(struct resources *resources);
// Fills in the text of a resource, copied into the arena, terminated. 'wait': on a subtree's first use, for what the
// store says of it. False, and no text: the store hasn't said anything yet.
bool resources_find(struct resources *resources, struct resource *resource, bool wait, struct arena *arena);
// Whether all of these texts are what the resources are now, as far as the store has said anything.
bool resources_are(struct resources *resources, const struct resource_list *list);
// Reads all again (SIGHUP).
void resources_reread(struct resources *resources);

#endif
