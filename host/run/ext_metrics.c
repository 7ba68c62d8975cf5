// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// inferd.metrics/1: plugins' own counters and timings.
#include "base/text.h"
#include "metrics/metrics.h"
#include "plan/component.h"
#include "run/engine.h"
#include "run/extensions.h"

static struct text tags_of(const struct inferd_self *self, const char *tags)
{
    struct text text;

    text_init(&text);
    metrics_tag(&text, "model-id", self->info.model);
    metrics_tag(&text, "component-name", self->info.name);
    if (tags && *tags)
        text_printf(&text, ",%s", tags);
    return text;
}

static struct inferd_metric *make(struct inferd_self *self, const char *name, const char *tags, const char *help,
                                  struct inferd_metric *(*maker)(struct metrics *, const char *, const char *,
                                                                 const char *))
{
    struct run_engine *engine = run_engine();
    struct inferd_metric *made;
    struct text text;

    if (!engine || !engine->metrics)
        return NULL;
    text = tags_of(self, tags);
    made = maker(engine->metrics, name, text_string(&text), help);
    text_free(&text);
    return made;
}

static struct inferd_metric *counter(struct inferd_self *self, const char *name, const char *tags, const char *help)
{
    return make(self, name, tags, help, metrics_counter);
}

static struct inferd_metric *timing(struct inferd_self *self, const char *name, const char *tags, const char *help)
{
    return make(self, name, tags, help, metrics_timing);
}

const struct inferd_metrics run_ext_metrics = {
    .size = sizeof(run_ext_metrics),
    .counter = counter,
    .timing = timing,
    .add = metrics_metric_add,
    .observe = metrics_metric_observe,
};
