// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The resources that one model reads, with their texts: they travel with its config and are kept with it.
#ifndef DAEMON_RESOURCE_LIST_H
#define DAEMON_RESOURCE_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <inferd/bytes.h>
#include "base/arena.h"

struct resource {
    const char *subtree, *key;
    struct inferd_bytes text; // data NULL: there is none
};

struct resource_list {
    struct resource *items;
    size_t count;
};

const struct resource *resource_list_find(const struct resource_list *list, const char *subtree, const char *key);
// Adds one, copying only the items that are there. False: no memory.
bool resource_list_add(struct resource_list *list, const struct resource *resource, struct arena *arena);
// Whether both hold the same texts of the same resources.
bool resource_list_equal(const struct resource_list *a, const struct resource_list *b);
// A copy with all that it points to, in the arena or (NULL) by malloc in one piece, to be given back by free(items).
// Ends the process when there is no memory.
struct resource_list resource_list_copy(const struct resource_list *list, struct arena *arena);

#endif
