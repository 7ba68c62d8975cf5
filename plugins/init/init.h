// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The root component: what its files share.
#ifndef INIT_INIT_H
#define INIT_INIT_H

#include <inferd/ext/log.h>
#include <inferd/ext/metrics.h>
#include <inferd/ext/request.h>

struct init {
    const struct inferd_component *info;
    const struct inferd_host *host;
    const struct inferd_request_ext *request;
    const struct inferd_log *log;         // NULL: this host has none
    const struct inferd_metrics *metrics; // NULL: likewise
    struct inferd_metric *ignored;
};

// Says that a value of the request is of no use, and counts it.
void init_ignore(struct init *init, struct inferd_bytes name, const char *why);
// Requests of Predict: targets, context, slates and pairs.
int init_predict(struct init *init, struct inferd_step *step, const struct inferd_request *request);
// Requests of RetrieveModelScore: entities with their ids and features.
int init_entities(struct init *init, struct inferd_step *step, const struct inferd_request *request);

#endif
