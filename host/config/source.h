// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A source of configs: a tree of keys and values that changes. It has a thread of its own and hands over changes in
// order; the first call of 'changed' holds the whole tree. An outage of the store is logged and counted and is no
// change.
#ifndef CONFIG_SOURCE_H
#define CONFIG_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct source_change {
    const char *model; // the model_config_id, or NULL for the service config
    const char *key;   // as the store names it, for messages
    const char *value; // JSON text, terminated; NULL: deleted
    size_t value_len;
};

struct source_revision {
    int64_t revision; // the store's own (etcd), or a counter
    bool whole;       // the changes are the whole tree: models not named are gone
    const struct source_change *changes;
    size_t count;
};

struct source;

// Called on the source's thread; what it points to is valid until it returns.
typedef void source_changed_fn(void *user, const struct source_revision *revision);
// Called there too, when the store can't be reached any more (once for each outage, also before the first read), or
// does not let us read, with the reason; and with NULL when that is over. It is logged anyway.
typedef void source_away_fn(void *user, const char *reason);

// etcd: endpoints "http://host:port,…", the prefix of one service ("/config/inferflow/services/<name>/model-config").
// Resources are the keys <prefix>/<key>.
struct source_etcd_options {
    const char *endpoints;
    const char *prefix;
    const char *user, *password;      // NULL: none
    const char *ca_file;              // for https://: PEM, what etcd is verified with; NULL: the system's
    const char *cert_file, *key_file; // likewise: what is shown to it; NULL: nothing
    int64_t timeout_ms;               // of one request
    bool watch;                       // false: read once
    int64_t revision;                 // what is read once; 0: the newest. One that was compacted away is an outage
    bool resources;                   // what the tree holds
};

// NULL with a message in error. 'away' may be NULL.
struct source *source_open_etcd(const struct source_etcd_options *options, source_changed_fn *changed,
                                source_away_fn *away, void *user, char *error, size_t size);

// A directory of <model_config_id>.json files, and optional config-map.json (a map of models) and service-config.json;
// watched by inotify. Resources are the files <key>.json; where the directory isn't there at the start there are none,
// and it is waited for.
struct source_dir_options {
    const char *path;
    bool watch;
    bool resources;
};

// NULL with a message in error. 'away' may be NULL.
struct source *source_open_dir(const struct source_dir_options *options, source_changed_fn *changed,
                               source_away_fn *away, void *user, char *error, size_t size);

// How a source fares; counted since it was opened. [any]
struct source_counts {
    bool reachable;     // the last attempt to reach the store succeeded
    uint64_t revisions; // handed over
    uint64_t wholes;    // of these, whole trees
    uint64_t outages;   // times the store became unreachable
    uint64_t refused;   // values that could not be read and left everything as it was
};

void source_count(const struct source *source, struct source_counts *counts);
// Reads everything again and calls 'changed' with the whole tree (SIGHUP).
void source_reread(struct source *source);
// Stops and joins the thread; 'changed' is not called after it returns.
void source_close(struct source *source);

#endif
