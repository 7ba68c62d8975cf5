// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A numerix component: what its files share. Made once, by create, bind and start; only read by runs.
#ifndef NUMERIX_NUMERIX_H
#define NUMERIX_NUMERIX_H

#include <inferd/ext/convert.h>
#include <inferd/ext/log.h>
#include <inferd/ext/metrics.h>
#include <inferd/ext/rpc.h>
#include "expression.h"
#include "options.h"

// Where values are: columns of the matrix.
struct numerix_source {
    uint32_t target;
    uint32_t slate; // for what the targets lack; INFERD_NO_COLUMN in components of targets
};

struct numerix_operand {
    struct numerix_source source;
    struct inferd_bytes name; // in the expression
    unsigned type;            // that the config gives it; UNKNOWN: the column's
};

struct numerix {
    const struct inferd_component *info;
    const struct inferd_host *host;
    const struct numerix_options *options;
    const struct numerix_shared *shared;
    const struct numerix_settings *settings;
    const struct inferd_rpc *rpc;
    const struct inferd_convert *convert;
    const struct inferd_log *log; // NULL: this host has none
    const char *unusable;         // why it calls nobody (compat mode), or NULL
    bool by_guide;                // its options are in the guide's shape
    unsigned convert_flags;
    unsigned number;      // enum inferd_type: what is computed in, FP32 or FP64
    uint32_t number_size; // bytes of it

    bool local;                    // computed here; otherwise on the server
    const char *text;              // the expression then; the options' or the resource's
    struct expression *expression; // compiled; its columns are the id, if there is one, and the operands
    uint32_t first_operand;        // the column of the first operand

    struct numerix_source id;
    struct numerix_operand *operands; // in ascending order of their names with types
    uint32_t operand_count;
    uint32_t score;                   // column
    unsigned space;                   // of the score
    struct inferd_bytes schema, tail; // encoded: what is before and behind the rows in each message

    char address[280];
    struct inferd_method *method;
    uint64_t random; // state, for the share of errors that is logged
    const struct inferd_metrics *metrics;
    struct inferd_metric *errors, *config_errors;
};

// create, bind, start, stop and destroy of the kind.
int numerix_create(const struct inferd_component *info, void **component);
int numerix_bind(void *component, struct inferd_binder *binder);
int numerix_start(void *component);
void numerix_stop(void *component);
void numerix_destroy(void *component);
// Its run: on the server, or here.
int numerix_run(void *component, struct inferd_step *step);
int numerix_run_local(struct numerix *numerix, struct inferd_step *step);

// Reads the expression's text. [control], in create
int numerix_find_expression(struct numerix *numerix);
// Compiles it, once the operands are known. [control], in bind
int numerix_compile_expression(struct numerix *numerix);
// The name under which an expression finds the rows' ids.
struct inferd_bytes numerix_id_name(const struct numerix *numerix);

// Encodes what is the same in every message. False: no memory.
bool numerix_encode(struct numerix *numerix);
// Logs a share of the failures.
void numerix_log_failure(struct numerix *numerix, const char *format, ...) INFERD_PRINTF(2, 3);

#endif
