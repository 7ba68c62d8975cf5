// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Counts calls by method and status.
#include "front/observe.h"

#include <stdio.h>
#include <stdlib.h>

#include <inferd/status.h>
#include "front/server.h"
#include "metrics/metrics.h"

#define STATUSES (INFERD_UNAUTHENTICATED + 1)

struct api {
    struct inferd_metric *requests, *latency;
};

struct front_observed {
    struct metrics *metrics;
    struct api apis[][STATUSES];
};

struct front_observed *front_observe_new(struct metrics *metrics, size_t methods)
{
    struct front_observed *observed = metrics ? calloc(1, sizeof(*observed) + methods * sizeof(*observed->apis)) : NULL;

    if (observed)
        observed->metrics = metrics;
    return observed;
}

void front_observe_free(struct front_observed *observed)
{
    free(observed);
}

static void make(struct front_observed *observed, struct api *api, const char *path, int status)
{
    struct text tags;
    char number[8];

    snprintf(number, sizeof(number), "%d", status);
    text_init(&tags);
    metrics_tag(&tags, "api", path);
    metrics_tag(&tags, "status", number);
    api->requests = metrics_series(observed->metrics, METRICS_API_REQUESTS, text_string(&tags));
    api->latency = metrics_series(observed->metrics, METRICS_API_LATENCY, text_string(&tags));
    text_free(&tags);
}

void front_observe_answer(struct front_observed *observed, size_t method, const struct inbound *inbound, int status)
{
    struct api *api;

    if (!observed || status < 0 || status >= STATUSES)
        return;
    api = &observed->apis[method][status];
    if (!api->requests)
        make(observed, api, inbound->method->path, status);
    metrics_metric_add(api->requests, 1);
    metrics_metric_observe(api->latency, (uint64_t)(loop_now_us(inbound->server->loop) - inbound->arrived_us));
}
