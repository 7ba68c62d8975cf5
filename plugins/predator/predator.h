// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A predator component: what its files share. Made once, by create, bind and start; only read by runs.
#ifndef PREDATOR_PREDATOR_H
#define PREDATOR_PREDATOR_H

#include <inferd/ext/convert.h>
#include <inferd/ext/log.h>
#include <inferd/ext/metrics.h>
#include <inferd/ext/rpc.h>
#include <inferd/ext/timer.h>
#include "options.h"

// As the original calls them in its metrics.
#define PREDATOR_SERVICE "predator"
#define PREDATOR_ENDPOINT "/ModelInfer"

#define PREDATOR_LONGEST_MS 3600000 // time for a call

// Where a feature's values are: columns of the matrix.
struct predator_source {
    uint32_t target;
    uint32_t slate; // for what the targets lack; INFERD_NO_COLUMN in components of targets
};

struct predator_input {
    const struct predator_input_option *option;
    unsigned type;  // of its elements; INFERD_TYPE_STRING is BYTES
    uint32_t size;  // bytes of an element, 0 of BYTES
    uint32_t width; // features
    struct predator_source *sources;
    struct inferd_bytes head; // encoded: name, datatype
    size_t open;              // index of the last -1 in the shape, or SIZE_MAX
    uint64_t slots;           // product of the shape's dimensions that are known
    bool takes_vector;        // its only feature is a vector, also where it is given as text
};

struct predator_score {
    uint32_t column;
    uint32_t elements; // of one row
};

struct predator_output {
    struct inferd_bytes name;
    const struct predator_score *scores;
    uint32_t score_count;
    uint32_t elements; // of one row, of all scores
};

struct predator_route {
    int64_t percentage;
    struct inferd_method *method;
    char address[280];
};

struct predator {
    const struct inferd_component *info;
    const struct inferd_host *host;
    const struct predator_options *options;
    const struct predator_shared *shared;
    const struct predator_settings *settings;
    const struct inferd_rpc *rpc;
    const struct inferd_convert *convert;
    const struct inferd_log *log; // NULL: this host has none
    const char *unusable;         // why it calls nobody (compat mode), or NULL
    unsigned convert_flags;

    bool by_guide; // its options are in the guide's shape
    const struct predator_input_option *input_options;
    const struct predator_output_option *output_options;
    size_t input_option_count, output_option_count;
    const char *calibration; // "": none
    void *own_options;       // memory of these, where they were made here

    struct predator_input *inputs;
    uint32_t input_count;
    struct predator_output *outputs;
    uint32_t output_count;
    struct predator_score *scores;
    uint32_t score_count;
    unsigned space;                // of the scores
    struct inferd_bytes head;      // encoded: model's name and version
    struct inferd_bytes tail;      // encoded: the outputs asked for
    struct predator_route *routes; // model_end_points, then model_end_point
    uint32_t route_count;

    uint64_t random; // state, for routes and for the share of errors that is logged
    const struct inferd_metrics *metrics;
    const struct inferd_timer_ext *timer; // for metrics; NULL: this host has none
    struct inferd_metric *rows, *errors, *config_errors, *converting, *scoring;
};

// create, bind, start, stop and destroy of the kind.
int predator_create(const struct inferd_component *info, void **component);
int predator_bind(void *component, struct inferd_binder *binder);
int predator_start(void *component);
void predator_stop(void *component);
void predator_destroy(void *component);
// Its run.
int predator_run(void *component, struct inferd_step *step);

// Makes the options of tensors of what the config has, in either shape.
int predator_read_tensors(struct predator *predator);
// JSON paths of an input's option, of one of its features and of one of an output's scores.
void predator_input_path(const struct predator *predator, size_t input, const char *option, char *path, size_t size);
void predator_feature_path(const struct predator *predator, size_t input, size_t feature, char *path, size_t size);
void predator_score_path(const struct predator *predator, size_t output, size_t score, char *path, size_t size);

// Whether the config makes sense; says what doesn't.
int predator_check(struct predator *predator);
// Encodes what is the same in every message. False: no memory.
bool predator_encode(struct predator *predator);
// Opens the methods of all endpoints.
int predator_open_routes(struct predator *predator);
// Draws one; NULL: none is drawn (compat).
const struct predator_route *predator_pick_route(struct predator *predator);
uint32_t predator_random(struct predator *predator, uint32_t below);
// Logs a share of the failures.
void predator_log_failure(struct predator *predator, const char *format, ...) INFERD_PRINTF(2, 3);

#endif
