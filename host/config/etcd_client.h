// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// etcd for tools: one request after the other, each waited for. Knows keys and values, and nothing of models. The
// daemon reads by sources (config/source.h), which follow the store.
//
// Threads: a client belongs to one thread.
#ifndef CONFIG_ETCD_CLIENT_H
#define CONFIG_ETCD_CLIENT_H

#include <inferd/bytes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/source.h"

struct etcd_client;

enum etcd_answer {
    ETCD_DONE,
    ETCD_COMPACTED, // the revision that was asked for is older than what is kept
    ETCD_FUTURE,    // or has not come yet
    ETCD_CHANGED,   // of a put: somebody else was there before; nothing was put
    ETCD_FAILED     // the store can't be reached, or refuses
};

struct etcd_value {
    struct inferd_bytes key, value;
    int64_t created, modified; // revisions
    int64_t version;           // puts since it was created
    bool deleted;              // in a history: at 'modified' it went away
};

// Values are valid during the call only.
typedef void etcd_value_fn(void *user, const struct etcd_value *value);

// Nothing is sent yet; of the options, endpoints, who we are, TLS and the time limit count. NULL with a message.
struct etcd_client *etcd_client_open(const struct source_etcd_options *options, char *error, size_t size);
void etcd_client_close(struct etcd_client *client);
// What went wrong last, for people.
const char *etcd_client_error(const struct etcd_client *client);
// The store's revision, as it was told last.
int64_t etcd_client_revision(const struct etcd_client *client);

// One key (where 'end' is NULL), or all from 'key' to before 'end', in order; as they were at a revision, or are (0).
// 'keys_only': without values.
enum etcd_answer etcd_client_get(struct etcd_client *client, const char *key, const char *end, int64_t revision,
                                 bool keys_only, etcd_value_fn *each, void *user);

struct etcd_put {
    const char *key;
    struct inferd_bytes value;
    bool removed;     // the key is deleted instead
    int64_t expected; // the revision at which the key was modified last; 0: it isn't there
};

// Puts or deletes all at one revision, if all are as expected; at most ETCD_PUTS.
enum { ETCD_PUTS = 100 };
enum etcd_answer etcd_client_put(struct etcd_client *client, const struct etcd_put *puts, size_t count);

// All that the store still has of a key, from the oldest on. 'last': when it was modified last, by which the end is
// known; 0: it isn't there now, and what has not come after two seconds, in which the store answered time and again, is
// not there. *kept: the oldest revision the store knows of; 1: nothing was compacted.
enum etcd_answer etcd_client_history(struct etcd_client *client, const char *key, int64_t last, int64_t *kept,
                                     etcd_value_fn *each, void *user);

#endif
