// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A feature component's counters. Look-ups in the cache, calls and failed rows are the host's to count.
#include <stdio.h>

#include "feature.h"

#define TAGS "ext-service:" FEATURE_SERVICE ",endpoint:" FEATURE_ENDPOINT
#define ERROR "inferflow.component.execution.error"
#define ERROR_HELP "Failures within a component"
#define MISSING "inferd.feature.missing", "Values that were asked for and not got from the store, by reason"
#define DROPPED "inferd.feature.dropped", "Rows, columns and values of the store's that are of no use, by reason"

static const struct {
    const char *name, *help, *reason;
} losses[] = {
#define FEATURE_LOSS(id, metric, reason) {metric, reason},
#include "losses.tbl"
};

void feature_count(const struct feature *feature, struct inferd_metric *metric, uint64_t count)
{
    if (feature->metrics && count)
        feature->metrics->add(metric, count);
}

void feature_start_metrics(struct feature *feature)
{
    const struct inferd_metrics *metrics = feature->metrics;
    struct inferd_self *self = feature->info->self;
    char tags[64];

    if (!metrics)
        return;
    feature->values = metrics->counter(self, "inferflow.component.feature.count", NULL,
                                       "Features asked for: of each entity, those of the component");
    feature->fetched =
        metrics->counter(self, "inferflow.external.api.request.batch", TAGS, "Keys or rows sent to a backend");
    feature->timeouts = metrics->counter(self, ERROR, TAGS ",error-type:featurestore-api-request-timeout", ERROR_HELP);
    feature->cancelled =
        metrics->counter(self, ERROR, TAGS ",error-type:featurestore-api-request-cancelled", ERROR_HELP);
    feature->errors = metrics->counter(self, ERROR, TAGS ",error-type:featurestore-api-error", ERROR_HELP);
    feature->config_errors = metrics->counter(self, ERROR, "error-type:invalid-component-config", ERROR_HELP);
    for (size_t i = 0; i < FEATURE_LOSSES; i++) {
        snprintf(tags, sizeof(tags), "reason:%s", losses[i].reason);
        feature->losses[i] = metrics->counter(self, losses[i].name, tags, losses[i].help);
    }
}
