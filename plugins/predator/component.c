// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A predator component's life but for its runs: made, bound, started and ended.
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "predator.h"

#define TAGS "ext-service:" PREDATOR_SERVICE ",endpoint:" PREDATOR_ENDPOINT

void predator_log_failure(struct predator *predator, const char *format, ...)
{
    char text[512];
    va_list args;

    if (!predator->log || !predator->log->enabled(predator->info->self, INFERD_LOG_ERROR) ||
        predator_random(predator, 100) >= predator->shared->error_logging_percent)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    predator->log->write(predator->info->self, INFERD_LOG_ERROR, "%s", text);
}

int predator_create(const struct inferd_component *info, void **component)
{
    struct predator *predator = calloc(1, sizeof(*predator));
    int status;

    if (!predator)
        return info->host->fail(info->self, INFERD_RESOURCE_EXHAUSTED, "", "no memory");
    predator->info = info;
    predator->host = info->host;
    predator->options = info->options;
    predator->shared = info->shared;
    predator->settings = info->settings;
    predator->rpc = info->host->extension(INFERD_EXT_RPC);
    predator->convert = info->host->extension(INFERD_EXT_CONVERT);
    predator->log = info->host->extension(INFERD_EXT_LOG);
    predator->metrics = info->host->extension(INFERD_EXT_METRICS);
    predator->timer = info->host->extension(INFERD_EXT_TIMER);
    predator->convert_flags = info->compat ? INFERD_CONVERT_ORIGINAL : 0;
    predator->space = predator->options->slate ? INFERD_SLATES : INFERD_TARGETS;
    if (predator->rpc && predator->convert)
        status = predator_read_tensors(predator);
    else
        status = info->host->fail(info->self, INFERD_UNIMPLEMENTED, "", "this host lacks %s or %s", INFERD_EXT_RPC,
                                  INFERD_EXT_CONVERT);
    if (status == INFERD_OK)
        status = predator_check(predator);
    if (status == INFERD_OK) {
        *component = predator;
        return INFERD_OK;
    }
    free(predator->own_options);
    free(predator);
    return status;
}

static void start_metrics(struct predator *predator)
{
    const struct inferd_metrics *metrics = predator->metrics;
    struct inferd_self *self = predator->info->self;

    predator->rows =
        metrics->counter(self, "inferflow.external.api.request.batch", TAGS, "Keys or rows sent to a backend");
    predator->errors = metrics->counter(self, "inferflow.component.execution.error",
                                        TAGS ",error-type:predator-api-error", "Failures within a component");
    predator->config_errors = metrics->counter(self, "inferflow.component.execution.error",
                                               "error-type:invalid-component-config", "Failures within a component");
    predator->converting = metrics->timing(self, "inferflow.datatype.conversion.execution.latency", NULL,
                                           "Time to convert a model's inputs and to send them");
    predator->scoring = metrics->timing(self, "inferflow.component.predator.execution.latency", NULL,
                                        "Time from then until a model's last scores are there");
}

int predator_start(void *component)
{
    struct predator *predator = component;

    predator->random = (uintptr_t)predator ^ (uint64_t)predator->options->deadline_ms << 32;
    if (predator->metrics)
        start_metrics(predator);
    return predator->unusable ? INFERD_OK : predator_open_routes(predator);
}

void predator_stop(void *component)
{
    struct predator *predator = component;

    for (uint32_t i = 0; i < predator->route_count; i++)
        predator->rpc->close(predator->routes[i].method);
    predator->route_count = 0;
}

void predator_destroy(void *component)
{
    struct predator *predator = component;

    predator_stop(predator);
    for (uint32_t i = 0; predator->inputs && i < predator->input_option_count; i++) {
        free(predator->inputs[i].sources);
        free((void *)predator->inputs[i].head.data);
    }
    free(predator->inputs);
    free(predator->outputs);
    free(predator->scores);
    free((void *)predator->head.data);
    free((void *)predator->tail.data);
    free(predator->routes);
    free(predator->own_options);
    free(predator);
}
