// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Opens the config source that the settings name.
#ifndef DAEMON_SOURCES_H
#define DAEMON_SOURCES_H

#include "base/arena.h"
#include "config/host_settings.h"
#include "config/source.h"

// NULL with a message in error.
struct source *sources_open(const struct host_settings *settings, bool watch, source_changed_fn *changed,
                            source_away_fn *away, void *user, char *error, size_t size);
// Reads once, from etcd as it was at an earlier revision (0: as it is).
struct source *sources_open_at(const struct host_settings *settings, int64_t revision, source_changed_fn *changed,
                               source_away_fn *away, void *user, char *error, size_t size);
// How etcd is spoken to, but for the prefix; what it points to is the settings'.
struct source_etcd_options sources_etcd_options(const struct host_settings *settings, bool watch);
// The prefix of this service's configs; malloc'd. NULL: no memory.
char *sources_etcd_prefix(const struct host_settings *settings);
// Names where the configs come from, so that one place's are not taken for another's; malloc'd. NULL: no memory.
char *sources_origin(const struct host_settings *settings);
// Opens a subtree of resources beside the model configs, in the same store.
struct source *sources_open_resources(const struct host_settings *settings, const char *subtree, bool watch,
                                      source_changed_fn *changed, void *user, char *error, size_t size);
// What the store calls the place of a resource; a terminated text in the arena, NULL: no memory.
const char *sources_resource_place(const struct host_settings *settings, const char *subtree, const char *key,
                                   struct arena *arena);

#endif
