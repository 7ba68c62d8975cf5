// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What is known of a service's keys in etcd, and which models have changed. A model may be given by a key of its own,
// by several that differ in spelling (the one written last counts), or by a map of all models (which counts least).
// Keeps hashes only: where an older key takes over, its text is not here any more, and everything is to be read again.
//
// For a whole read: begin(), put() for every key, end(true). For changes: put() and drop(), end(false).
#ifndef CONFIG_ETCD_TREE_H
#define CONFIG_ETCD_TREE_H

#include <inferd/bytes.h>
#include "base/log_limit.h"
#include "base/map.h"
#include "config/source_inner.h"

struct etcd_model;

struct etcd_tree {
    const char *prefix;                      // of the service's keys, without a slash at its end
    bool resources;                          // every key holds a text of its own; it is called a model's all the same
    struct source *source;                   // counts what is refused
    struct changes *changes;                 // where they are collected; texts are copied to its arena
    struct map entries;                      // struct etcd_entry by key
    struct map models;                       // struct etcd_model by id; the service config's is ""
    struct etcd_model *touched;              // since the last end(): a change among very many costs only itself
    struct etcd_entry *all_models;           // the map of all models that counts, or NULL
    bool reread;                             // a text is missing
    struct log_limit unknown, not_asked_for; // of lines, one for each such key
};

// A key and when it was made and written.
struct etcd_stamp {
    struct inferd_bytes key;
    int64_t created, modified; // revisions
};

enum etcd_tree_end {
    ETCD_TREE_CHANGES, // the changes are what is different from before
    ETCD_TREE_WHOLE,   // the changes are the whole tree
    ETCD_TREE_REREAD   // the changes are of no use: read everything
};

void etcd_tree_init(struct etcd_tree *tree, const char *prefix, struct source *source, struct changes *changes);
void etcd_tree_free(struct etcd_tree *tree);
// Begins a whole read; changes that were begun are forgotten.
void etcd_tree_begin(struct etcd_tree *tree);
// An empty value counts as none, as in the original. False: no memory.
bool etcd_tree_put(struct etcd_tree *tree, const struct etcd_stamp *stamp, struct inferd_bytes value);
void etcd_tree_drop(struct etcd_tree *tree, struct inferd_bytes key);
enum etcd_tree_end etcd_tree_end(struct etcd_tree *tree, bool whole);
// The key that was written last; false: there is none. Its stamp tells this store from another.
bool etcd_tree_newest(const struct etcd_tree *tree, struct etcd_stamp *stamp);

#endif
