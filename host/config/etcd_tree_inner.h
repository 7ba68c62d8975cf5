// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Inside of the tree, shared by its files only.
#ifndef CONFIG_ETCD_TREE_INNER_H
#define CONFIG_ETCD_TREE_INNER_H

#include "config/etcd_key.h"
#include "config/etcd_tree.h"

struct etcd_model;

struct etcd_entry {
    enum etcd_key_kind kind;
    bool seen;                // by the whole read that is going on
    struct etcd_model *model; // of MODEL and SERVICE
    struct etcd_entry *next;  // of the same model
    int64_t created, modified;
    uint64_t hash;    // of its value; 0: it has none
    const char *text; // its value, until end(); NULL: not here
    size_t text_len;
    size_t key_len;
    char key[];
};

struct etcd_model {
    struct etcd_entry *entries; // keys of its own
    uint64_t shown;             // hash of the text that was handed over; 0: none
    uint64_t in_map;            // hash of its text in the map; 0: it has none
    const char *map_text;       // until end(); NULL: not here
    size_t map_text_len;
    struct etcd_model *next_touched;
    bool touched;
    size_t id_len;
    char id[];
};

// Something of the model is another than at the last end(), or may be.
void etcd_tree_touch(struct etcd_tree *tree, struct etcd_model *model);

#endif
