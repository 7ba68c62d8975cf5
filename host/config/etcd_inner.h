// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Inside of the source 'etcd', shared by its files only. Its life is a row of attempts, each at one endpoint:
//
//   etcd_attempt.c  an attempt begins and ends; which endpoint is next and when; what is said about it
//   etcd_read.c     says who we are, sees whether the store is the one we know, reads all keys
//   etcd_watch.c    follows it until the stream ends
//
// At any time there is one call, or one stream, or a timer, or nothing to do; whatever ends it goes on from there.
//
// Threads: all of it on the loop's, which is the source's own, but for the three flags.
#ifndef CONFIG_ETCD_INNER_H
#define CONFIG_ETCD_INNER_H

#include <pthread.h>
#include <stdatomic.h>
#include "base/text.h"
#include "config/etcd_endpoint.h"
#include "config/etcd_tree.h"
#include "config/source_inner.h"
#include "rpc/call.h"
#include "rpc/stream.h"

// What was said last of how it goes. Endpoints may fail in different ways, so only the last of each round is heard.
enum etcd_outage { ETCD_WELL, ETCD_AWAY, ETCD_REFUSES };

struct etcd_source {
    struct source source;
    pthread_t thread;
    struct loop *loop;
    struct rpc_pool *pool;
    struct loop_job job; // posted by other threads after they set a flag
    atomic_bool posted, stop, reread;
    // What is to be read.
    struct etcd_endpoint *endpoints;
    size_t endpoint_count, endpoint;
    char *prefix, *user, *password;       // user: NULL without
    char *ca_file, *cert_file, *key_file; // NULL without
    char *first, *last;                   // the prefix with a slash, and with what comes after a slash
    int64_t timeout_us;
    bool watch;
    // This attempt.
    struct rpc_method *authenticate, *range, *follow;
    struct rpc_call *call;
    struct rpc_stream *stream;
    struct loop_timer timer; // while there is a stream: the limit for its next word; else: the next attempt
    char *token;             // NULL without
    bool stopping;           // the source is being closed
    bool again;              // the attempt ends because another one is wanted, not because it failed
    bool ending;             // the stream was cancelled from here
    bool asked, heard;       // since the timer last rang: whether it is still there; anything
    int failed;              // status and reason, if it is known before the stream's end
    char reason[256];
    // What is known of the store.
    struct etcd_tree tree;
    struct changes changes;
    bool whole;             // everything is to be read
    bool repeat;            // and again after the read that is going on
    int64_t revision;       // all up to it was handed over
    int64_t told;           // of the events that came since
    uint64_t cluster, term; // that answered when it was read
    int64_t asked_revision; // that is to be read, once; 0: the newest
    int64_t read_revision;  // of the read that is going on; 0: its first page
    struct text next_key;   // where its next page begins
    // How it goes.
    bool answers;    // some member has answered when it was asked whether it is still there
    size_t failures; // attempts in a row
    int64_t backoff_us;
    enum etcd_outage said;
};

enum { ETCD_FIRST_BACKOFF_US = 100000 };

// Begins an attempt, when no call and no stream is left of the one before.
void etcd_attempt(struct etcd_source *e);
// Ends the attempt, when no call and no stream is left.
void etcd_end_attempt(struct etcd_source *e, int status, const char *reason, size_t len);
// Says that the store is there, if that is news.
void etcd_say_well(struct etcd_source *e);
// The same, and there is nothing to do until somebody asks for another read.
void etcd_rest(struct etcd_source *e);
// Headers for the attempt's calls; their number.
size_t etcd_headers(const struct etcd_source *e, struct rpc_header headers[1]);

// Begins to talk to an endpoint whose methods are open.
void etcd_begin(struct etcd_source *e);
// Begins to watch from the revision after the one read.
void etcd_follow(struct etcd_source *e);

#endif
