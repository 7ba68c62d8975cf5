// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// All processes' metrics at one moment, added up by name and tags: what Prometheus and StatsD are told.
#ifndef METRICS_VIEW_H
#define METRICS_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/map.h"
#include "metrics/area.h"
#include "metrics/metrics.h"
#include "metrics/name.h"

struct metrics_sample {
    enum metrics_kind kind;
    const char *name, *tags, *prometheus, *help;
    uint64_t value;    // of a timing: the sum in microseconds; of a gauge: an int64_t
    uint64_t *buckets; // HISTOGRAM_BUCKETS of a timing, else NULL
};

struct metrics_view {
    struct metrics_sample **samples; // by Prometheus name, then tags
    size_t count;
    struct arena arena;
    struct map index;
};

// False: no memory; the view is to be freed all the same.
bool metrics_view_make(struct metrics_view *view, const struct metrics *metrics);
bool metrics_view_of(struct metrics_view *view, const struct area *area);
void metrics_view_free(struct metrics_view *view); // an empty one ({0}) too
// The sample of that name and tags, or NULL.
const struct metrics_sample *metrics_view_find(const struct metrics_view *view, const char *name, const char *tags);

#endif
