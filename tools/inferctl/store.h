// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The models' configs in etcd, by ids: for commands that change them and tell what they were. Where the store is and
// what the keys' prefix is the settings say, as for the daemon.
#ifndef INFERCTL_STORE_H
#define INFERCTL_STORE_H

#include <jansson.h>
#include <stdbool.h>

#include "config/etcd_client.h"
#include "given.h"

struct store {
    const char *command; // for messages
    struct settings *settings;
    struct etcd_client *client;
    char *prefix;
    json_t *keys;        // {"<model>": {"key", "modified"}}; "" names the service config
    char *map;           // the key of the map of all models, or NULL
    json_t *mapped;      // {"<model>": true} of those that are in the map
    const char *doubled; // a model with two keys, or NULL
};

// False, after saying why not: there is no etcd in the settings, or it can't be asked.
bool store_open(struct store *store, const struct given *given, const char *command);
void store_close(struct store *store);
// Looks at all keys: which models there are, and where.
bool store_look(struct store *store);
// The model that a command names; NULL: it names the service config, which has this word for its id.
#define STORE_SERVICE "service-config"
const char *store_model(const char *word);
// The key of a model (NULL: of the service config), which may not be there yet (*modified is 0 then), malloc'd. NULL
// after saying why there is none: its config is in the map of all, or the daemon would ignore a key with that id.
char *store_key(struct store *store, const char *model, int64_t *modified);

// A value that was read; text is malloc'd, NULL where there was none.
struct store_value {
    char *text;
    size_t len;
    int64_t modified, version, created;
};

// A key's value at a revision (0: now). Says it where that can't be told.
enum etcd_answer store_read(struct store *store, const char *key, int64_t revision, struct store_value *value);
// Puts what passed the check. Says it where somebody else was first, or it can't be done. What to exit with.
int store_put(struct store *store, const struct etcd_put *puts, size_t count);

#endif
