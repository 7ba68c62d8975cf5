// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A feature component: what its files share. Made once, by create, bind and start; only read by runs.
#ifndef FEATURE_FEATURE_H
#define FEATURE_FEATURE_H

#include <inferd/ext/cache.h>
#include <inferd/ext/convert.h>
#include <inferd/ext/flight.h>
#include <inferd/ext/log.h>
#include <inferd/ext/metrics.h>
#include <inferd/ext/rpc.h>
#include "options.h"

// As the original calls them in its metrics.
#define FEATURE_SERVICE "featurestore"
#define FEATURE_ENDPOINT "/FeatureService/retrieveFeatures"

enum feature_loss {
#define FEATURE_LOSS(id, metric, reason) FEATURE_##id,
#include "losses.tbl"
    FEATURE_LOSSES
};

struct feature_label {
    struct inferd_bytes group, feature; // as the store knows them
    struct inferd_bytes bare;           // the feature without its @type
    uint32_t type, column;              // of the matrix
};

struct feature_known_schemas;

struct feature {
    const struct inferd_component *info;
    const struct inferd_host *host;
    const struct feature_options *options;
    const struct feature_shared *shared;
    const struct feature_settings *settings;
    const struct inferd_rpc *rpc;
    const struct inferd_convert *convert;
    const struct inferd_log *log;       // NULL: this host has none
    const struct inferd_cache *cache;   // NULL: nothing is kept
    const struct inferd_flight *flight; // NULL: nor shared
    const char *unusable;               // why it fetches nothing (compat mode), or NULL
    bool by_guide;                      // its options are in the guide's shape

    const struct feature_key_option *key_options;
    struct feature_key_option *own_key_options; // the same where they were made here, or NULL
    uint32_t key_count;
    uint32_t *keys; // columns of the matrix
    uint32_t composite;
    struct feature_label *labels;
    uint32_t label_count;
    uint32_t guessed;                      // labels whose type nobody says
    bool any_cells;                        // some label's values vary in length
    struct inferd_bytes query;             // what each message begins with: entity, groups, key schema
    struct feature_known_schemas *schemas; // schema.h
    uint64_t identity;                     // of what is cached: another model, component, version or query has another
    uint32_t ttl_s;

    char address[280];
    struct inferd_method *method;
    uint64_t random;      // state, for the share of errors that is logged
    uint64_t hash_key[2]; // keys.c
    const struct inferd_metrics *metrics;
    struct inferd_metric *values, *fetched;
    struct inferd_metric *timeouts, *cancelled, *errors, *config_errors;
    struct inferd_metric *losses[FEATURE_LOSSES];
};

// create, bind, start, stop and destroy of the kind.
int feature_create(const struct inferd_component *info, void **component);
int feature_bind(void *component, struct inferd_binder *binder);
int feature_start(void *component);
void feature_stop(void *component);
void feature_destroy(void *component);
// Its run.
int feature_run(void *component, struct inferd_step *step);

// Refuses a config with which the original's component does nothing; in compat mode, makes this one do nothing.
int feature_unusable(struct feature *feature, const char *path, const char *why);
// Makes the key options of what the config has, in either shape.
int feature_read_keys(struct feature *feature);
// The JSON path of a key's column.
void feature_key_path(const struct feature *feature, uint32_t key, char *path, size_t size);
// The name of a label's column, with its @type if it has one; to be freed. NULL: no memory.
char *feature_column_name(const struct feature *feature, const char *group, const char *label);

// Encodes 'query'. False: no memory.
bool feature_encode_query(struct feature *feature);
void feature_start_metrics(struct feature *feature);
void feature_count(const struct feature *feature, struct inferd_metric *metric, uint64_t count);
// Logs a share of the failures.
void feature_log_failure(struct feature *feature, const char *format, ...) INFERD_PRINTF(2, 3);

#endif
